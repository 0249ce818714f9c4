import java.nio.file.*;

public class Halves {
    public static void main(String[] args) throws Exception {
        int n = Integer.parseInt(Files.readString(Path.of("pairs.in")).trim());
        Files.writeString(Path.of("pairs.out"), n / 2 + " " + (n - n / 2));
    }
}
