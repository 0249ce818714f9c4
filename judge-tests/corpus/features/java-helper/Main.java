import java.util.Scanner;

public class Main {
    public static void main(String[] args) {
        Queue queue = new Queue();
        Scanner in = new Scanner(System.in);
        while (in.hasNextInt()) {
            queue.push(in.nextInt());
        }
        while (!queue.isEmpty()) {
            System.out.println(queue.pop());
        }
    }
}
