#include <inttypes.h>
#include <stdio.h>

/* C17 is C11 with its defects mended; the version macro is all that tells them apart. */
_Static_assert(__STDC_VERSION__ == 201710L, "this is compiled as C17");

int main(void)
{
    int64_t sum = 0, number;
    while (scanf("%" SCNd64, &number) == 1)
        sum += number;
    printf("%" PRId64 "\n", sum);
    return 0;
}
