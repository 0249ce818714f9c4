#include <time.h>

int main(void)
{
    struct timespec minute = {.tv_sec = 60};
    nanosleep(&minute, NULL);
    return 0;
}
