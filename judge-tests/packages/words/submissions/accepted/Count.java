import java.util.Scanner;

public class Count {
    public static void main(String[] args) {
        Scanner in = new Scanner(System.in);
        int n = 0;
        for (; in.hasNext(); n++) in.next();
        System.out.println(n);
    }
}
