import java.util.Scanner;

public class Bisect {
    public static void main(String[] args) {
        Scanner in = new Scanner(System.in);
        int low = 1, high = 1000;
        while (true) {
            int middle = (low + high) / 2;
            System.out.println(middle);
            String answer = in.next();
            if (answer.equals("correct")) return;
            if (answer.equals("lower")) high = middle - 1;
            else low = middle + 1;
        }
    }
}
