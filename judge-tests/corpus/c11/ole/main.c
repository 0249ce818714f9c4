#include <stdio.h>

int main(void)
{
    for (;;)
        puts("one more line of no use to anyone");
}
