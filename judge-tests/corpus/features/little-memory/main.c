#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Touches as many MiB as it is told, and stays long enough to be seen. */
int main(void) {
    size_t mib;
    if (scanf("%zu", &mib) != 1) return 1;
    char *p = malloc((mib << 20) + 1);
    if (!p) return 1;
    memset(p, 1, mib << 20);
    if (mib) usleep(300000);
    printf("%zu\n", mib);
    return mib && p[5] != 1;
}
