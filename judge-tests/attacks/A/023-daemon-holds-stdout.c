//: intent = "Ends at once, and leaves a daemon that holds its streams open: the verdict must not wait for it."
//: limits = { wall_time_ms = 60000 }
//: also = { "tests.0.wall_time_ms" = { at_most = 5000 } }
#include "attack.h"

int main(void) {
    pid_t daemon = fork();
    if (daemon == 0) {
        setsid();
        for (;;)
            pause();
    }
    if (is_control() && kill(daemon, 0) == 0)
        escaped("a daemon has stdout open");
    contained();
}
