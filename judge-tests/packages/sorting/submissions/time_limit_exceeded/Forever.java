import java.util.Scanner;

/** Too slow for the largest, and wrong for nobody: what is sorted needs no swap. */
public class Forever {
    public static void main(String[] args) {
        Scanner in = new Scanner(System.in);
        int n = in.nextInt();
        while (n > 50) {}
        int[] a = new int[n];
        for (int i = 0; i < n; i++) a[i] = in.nextInt();
        StringBuilder swaps = new StringBuilder();
        int count = 0;
        for (int i = 0; i < n; i++)
            for (int j = i + 1; j < n; j++)
                if (a[j] < a[i]) {
                    int x = a[i];
                    a[i] = a[j];
                    a[j] = x;
                    count++;
                    swaps.append(i + 1).append(' ').append(j + 1).append('\n');
                }
        System.out.print(count + "\n" + swaps);
    }
}
