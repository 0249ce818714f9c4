//: intent = "Includes the random device."
//: verdict = "CE"
//: control = { bites = "lasts", run = "gcc -c -I$ATTACKS $SOURCE", ulimit = "-v 4000000" }
#include "/dev/urandom"
int main(void) { return 0; }
