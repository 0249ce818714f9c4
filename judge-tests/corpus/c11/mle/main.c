#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PIECE = 4 << 20, PIECES = 512 };

int main(void)
{
    for (int i = 0; i < PIECES; i++) {
        char *piece = malloc(PIECE);
        if (!piece)
            return 1;
        memset(piece, i + 1, PIECE);
    }
    puts("hello");
    return 0;
}
