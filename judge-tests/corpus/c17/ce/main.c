#include "no-such-file.h"

int main(void)
{
    return 0;
}
