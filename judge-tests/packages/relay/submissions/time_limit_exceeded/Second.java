import java.util.Scanner;

public class Second {
    public static void main(String[] args) {
        Scanner in = new Scanner(System.in);
        String word = in.next(), text = in.next();
        if (word.equals("encode")) {
            System.out.println(Integer.toBinaryString(Integer.parseInt(text)).replace('0', 'a').replace('1', 'b'));
            return;
        }
        // The second pass of one test is too slow.
        while (text.startsWith("bababa")) {}
        System.out.println(Integer.parseInt(text.replace('a', '0').replace('b', '1'), 2));
    }
}
