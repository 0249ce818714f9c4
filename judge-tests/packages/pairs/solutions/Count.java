import java.nio.file.*;

public class Count {
    public static void main(String[] args) throws Exception {
        long n = Long.parseLong(Files.readString(Path.of("pairs.in")).trim()), best = 1;
        for (long a = 1; a < n; a++) if (a * (n - a) > best * (n - best)) best = a;
        Files.writeString(Path.of("pairs.out"), best + " " + (n - best));
    }
}
