import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Scanner;

public class Main {
    public static void main(String[] args) {
        List<Long> numbers = new ArrayList<>();
        Scanner in = new Scanner(System.in);
        while (in.hasNextLong()) {
            numbers.add(in.nextLong());
        }
        Collections.sort(numbers);
        StringBuilder out = new StringBuilder();
        for (long number : numbers) {
            out.append(number).append('\n');
        }
        System.out.print(out);
    }
}
