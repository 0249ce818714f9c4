import java.nio.file.*;
import java.util.Scanner;

public class Root {
    public static void main(String[] args) throws Exception {
        int n = new Scanner(System.in).nextInt() + Integer.parseInt(Files.readString(Path.of("shift.txt")).trim());
        for (int d = (int) Math.sqrt(n); d > 1; d--)
            if (n % d == 0) {
                System.out.println(d + " " + n / d);
                return;
            }
        System.out.println("{{word}}");
    }
}
