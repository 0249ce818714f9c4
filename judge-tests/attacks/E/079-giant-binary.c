//: intent = "Six lines that become a program of four gigabytes."
//: verdict = "CE"
//: control = { ulimit = "-f 524288", bites = "fails", run = "gcc -o /dev/null $SOURCE" }
char full[1L << 32] = {1};
int main(void) { return full[0]; }
