#include <stdio.h>

int main(void)
{
    FILE *in = fopen("input.txt", "r"), *out = fopen("output.txt", "w");
    int n;
    if (!in || !out || fscanf(in, "%d", &n) != 1)
        return 1;
    fprintf(out, "%d\n", 2 * n);
    puts("this is not looked at");
    return 0;
}
