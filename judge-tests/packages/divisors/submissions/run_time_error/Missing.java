import java.nio.file.*;

public class Missing {
    public static void main(String[] args) throws Exception {
        System.out.println(Files.readString(Path.of("shifts.txt")));
    }
}
