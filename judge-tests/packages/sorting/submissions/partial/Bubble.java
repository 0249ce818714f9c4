import java.util.Scanner;

/** Sorts, with more swaps than it takes: half of the last group's points. */
public class Bubble {
    public static void main(String[] args) {
        Scanner in = new Scanner(System.in);
        int n = in.nextInt(), count = 0;
        int[] a = new int[n];
        for (int i = 0; i < n; i++) a[i] = in.nextInt();
        StringBuilder swaps = new StringBuilder();
        for (int end = n; end > 1; end--)
            for (int i = 0; i + 1 < end; i++)
                if (a[i] > a[i + 1]) {
                    int x = a[i];
                    a[i] = a[i + 1];
                    a[i + 1] = x;
                    count++;
                    swaps.append(i + 1).append(' ').append(i + 2).append('\n');
                }
        System.out.print(count + "\n" + swaps);
    }
}
