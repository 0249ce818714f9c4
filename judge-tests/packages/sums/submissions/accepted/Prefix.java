import java.util.Scanner;

public class Prefix {
    public static void main(String[] args) {
        Scanner in = new Scanner(System.in);
        int n = in.nextInt();
        long sum = 0, least = 0, best = Long.MIN_VALUE;
        for (int i = 0; i < n; i++) {
            sum += in.nextInt();
            best = Math.max(best, sum - least);
            least = Math.min(least, sum);
        }
        System.out.println(best + "\ndone");
    }
}
