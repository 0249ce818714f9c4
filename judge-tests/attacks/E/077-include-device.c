//: intent = "Includes a device without an end."
//: verdict = "CE"
//: control = { bites = "lasts", run = "gcc -c -I$ATTACKS $SOURCE", ulimit = "-v 4000000" }
#include "/dev/zero"
int main(void) { return 0; }
