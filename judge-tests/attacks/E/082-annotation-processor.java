//: intent = "An annotation processor in the submission, which javac would run while it compiles."
//: verdict = ["AC", "CE"]
//: why = "the profile says -proc:none; what is left of it is an ordinary class"
//: limits = { cpu_time_ms = 10000, wall_time_ms = 20000, memory_bytes = 268435456, processes = 64 }
//: control = { run = "mkdir -p META-INF/services out; cp $SOURCE Main.java; javac -proc:none -d . Main.java && echo Main > META-INF/services/javax.annotation.processing.Processor; javac -cp . -d out Main.java 2>&1 | grep ESCAPED" }
//: [request.files]
//: "META-INF/services/javax.annotation.processing.Processor" = "Main"
import java.util.Set;
import javax.annotation.processing.AbstractProcessor;
import javax.annotation.processing.RoundEnvironment;
import javax.annotation.processing.SupportedAnnotationTypes;
import javax.lang.model.element.TypeElement;

@SupportedAnnotationTypes("*")
public class Main extends AbstractProcessor {
    @Override
    public boolean process(Set<? extends TypeElement> annotations, RoundEnvironment environment) {
        System.out.println("ESCAPED it runs inside the compiler");
        return false;
    }

    public static void main(String[] args) {
        System.out.println("contained");
    }
}
