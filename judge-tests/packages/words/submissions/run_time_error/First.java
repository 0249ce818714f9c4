public class First {
    public static void main(String[] args) throws Exception {
        String text = new String(System.in.readAllBytes());
        System.out.println(text.split("\\s+")[0].charAt(0) > 0 ? text.split("\\s+").length : 0);
    }
}
