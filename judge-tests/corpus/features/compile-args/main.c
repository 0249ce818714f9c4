#include <stdio.h>

int main(void)
{
#ifdef ONLINE
    puts("online");
#else
    puts("offline");
#endif
    return 0;
}
