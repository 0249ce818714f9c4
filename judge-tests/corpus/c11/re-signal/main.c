#include <stdio.h>

int main(void)
{
    volatile int *volatile nowhere = NULL;
    puts("hello");
    *nowhere = 1;
    return 0;
}
