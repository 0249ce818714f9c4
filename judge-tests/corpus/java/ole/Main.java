public class Main {
    public static void main(String[] args) {
        while (true) {
            System.out.println("one more line of no use to anyone");
        }
    }
}
