#include <stdio.h>

/* The naive recursion for a number far too large. */
static unsigned long fibonacci(unsigned n)
{
    return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2);
}

int main(void)
{
    printf("%lu\n", fibonacci(80));
    return 0;
}
