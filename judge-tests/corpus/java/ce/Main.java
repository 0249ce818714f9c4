public class Main {
    public static void main(String[] args) {
        int number = "five";
        System.out.println(number);
    }
}
