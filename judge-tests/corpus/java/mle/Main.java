import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

public class Main {
    public static void main(String[] args) {
        List<byte[]> pieces = new ArrayList<>();
        for (int i = 0; i < 512; i++) {
            byte[] piece = new byte[4 << 20];
            Arrays.fill(piece, (byte) 'x');
            pieces.add(piece);
        }
        System.out.println("hello");
    }
}
