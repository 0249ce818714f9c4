#include <stdio.h>

int main(void)
{
    printf("%d\n", never_declared);
    return 0
}
