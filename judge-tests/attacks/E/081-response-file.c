//: intent = "A file whose name makes the compiler read options from it: a plugin, another program to run."
//: verdict = ["CE", "AC"]
//: why = "refused, or compiled like any other; never taken for options"
//: control = { run = "cp $SOURCE main.c; echo '-v' > @x.c; echo '-v' > x.c; gcc -c @x.c main.c 2>&1 | grep -q 'Configured with' && echo ESCAPED options are read from x.c" }
//: [request.files]
//: "@x.c" = "-v"
//: "x.c" = "-v -wrapper /bin/sh,-c,echo"
//: "attack.h" = "#include <stdio.h>\n"
#include "attack.h"

int main(void) { puts("contained"); }
