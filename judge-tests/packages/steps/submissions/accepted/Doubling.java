import java.util.Scanner;

public class Doubling {
    static final long M = 1_000_000_007;

    static long[] fib(long n) {
        if (n == 0) return new long[] {0, 1};
        long[] p = fib(n / 2);
        long c = p[0] * ((2 * p[1] - p[0] + M) % M) % M, d = (p[0] * p[0] + p[1] * p[1]) % M;
        return n % 2 == 0 ? new long[] {c, d} : new long[] {d, (c + d) % M};
    }

    public static void main(String[] args) {
        System.out.println(fib(new Scanner(System.in).nextLong() + 1)[0]);
    }
}
