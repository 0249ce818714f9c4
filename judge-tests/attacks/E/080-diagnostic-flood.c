//: intent = "A compiler message of many megabytes."
//: verdict = "CE"
//: also = { "compile.stderr_truncated" = true, "compile.verdict" = ["CE", "OLE"] }
//: why = "the compiler may end before it has written as much as it may"
//: control = { run = "gcc -c $SOURCE 2>&1 | wc -c | awk '$1 > 1000000 { print \"ESCAPED\", $1, \"bytes of messages\" }'" }
#define A(x) x x x x x x x x x x
#define B(x) A(A(x))
#define C(x) B(B(x))
#define WORDS A(C(undeclared(1); __builtin_trap(1, 2);))
int main(void) {
    C(0 = 1;)
}
