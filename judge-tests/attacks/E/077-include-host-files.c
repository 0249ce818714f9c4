//: intent = "Includes the host's files, so that the compiler's message shows their lines."
//: verdict = "CE"
//: also = { "compile.verdict" = "CE", "compile.stderr" = { lacks = "/root" } }
//: control = { run = "gcc -c -I$ATTACKS $SOURCE 2>&1 | grep -q 'root:.*:/root' && echo ESCAPED a line of /etc/passwd" }
#include "/etc/passwd"
#include "/etc/shadow"
#include "/etc/hostname"
#include "/proc/1/environ"
#include "/proc/self/mountinfo"
int main(void) { return 0; }
