#include <stdio.h>
#include <stdlib.h>

/* C11: the comparison is picked by type, and the size of a number is asserted while compiling. */
static int compare_long(const void *a, const void *b)
{
    long x = *(const long *)a, y = *(const long *)b;
    return (x > y) - (x < y);
}

#define COMPARE_FOR(p) _Generic(*(p), long: compare_long)

_Static_assert(sizeof(long) >= 4, "a number of the input fits");
_Static_assert(__STDC_VERSION__ == 201112L, "this is compiled as C11");

int main(void)
{
    size_t n = 0, room = 16;
    long *numbers = malloc(room * sizeof *numbers);
    while (numbers && scanf("%ld", &numbers[n]) == 1)
        if (++n == room)
            numbers = realloc(numbers, (room *= 2) * sizeof *numbers);
    if (!numbers)
        return 1;
    qsort(numbers, n, sizeof *numbers, COMPARE_FOR(numbers));
    for (size_t i = 0; i < n; i++)
        printf("%ld\n", numbers[i]);
    free(numbers);
    return 0;
}
