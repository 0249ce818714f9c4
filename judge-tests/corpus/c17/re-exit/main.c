#include <stdio.h>
#include <stdlib.h>

int main(void)
{
    puts("hello");
    exit(3);
}
