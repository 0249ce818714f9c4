#include <stdio.h>

#include "triangle.h"

int main(void)
{
    int n;
    if (scanf("%d", &n) == 1)
        printf("%d\n", triangle(n));
    return 0;
}
