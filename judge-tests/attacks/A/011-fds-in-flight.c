//: intent = "Sends descriptors to sockets that nobody reads and closes them: open files that no process has open."
//: control = { ulimit = "-n 1024" }
#include "attack.h"
#include <sys/socket.h>

static int send_fd(int to, int fd) {
    char byte = 0, control[CMSG_SPACE(sizeof fd)] = {0};
    struct iovec part = {&byte, 1};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof fd);
    memcpy(CMSG_DATA(header), &fd, sizeof fd);
    return sendmsg(to, &message, MSG_DONTWAIT) == 1;
}

int main(void) {
    int sent = 0;
    for (int ends[2]; sent < 300 && socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0;)
        for (int i = 0; i < 20; i++) {
            int fd = open("/dev/null", O_RDONLY);
            sent += fd >= 0 && send_fd(ends[0], fd);
            close(fd);
        }
    if (sent >= 300)
        escaped("%d open files in flight", sent);
    contained();
}
