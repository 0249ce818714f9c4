//: intent = "Extended attributes: kernel memory beside the files."
#include "attack.h"
#include <sys/xattr.h>

int main(void) {
    char value[1024] = {0};
    int fd = open("x", O_WRONLY | O_CREAT, 0600);
    if (fsetxattr(fd, "user.x", value, sizeof value, 0) == 0)
        escaped("a file has an extended attribute");
    contained();
}
