//: intent = "Macros that expand to a billion words."
//: verdict = "CE"
//: request = { compile = { limits = { cpu_time_ms = 2000, wall_time_ms = 6000 } } }
//: also = { "compile.verdict" = ["TLE", "MLE", "CE"] }
//: why = "time or memory, whichever comes first"
//: control = { bites = "lasts", run = "gcc -c $SOURCE", ulimit = "-v 4000000" }
#define A(x) x + x + x + x + x + x + x + x + x + x
#define B(x) A(A(x))
#define C(x) B(B(x))
#define D(x) C(C(x))
int main(void) { return D(B(1)); }
