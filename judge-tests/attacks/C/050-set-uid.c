//: intent = "Becomes someone else through a set-uid program, in /usr or of its own making."
#include "attack.h"
#include <sys/prctl.h>
#include <sys/statvfs.h>

int main(void) {
    const char *programs[] = {"/usr/bin/su", "/usr/bin/passwd", "/usr/bin/newuidmap", "/usr/bin/mount", "/box", "/tmp", "/usr/lib", "/app"};
    struct statvfs fs;
    struct stat s;
    for (int i = 0; i < 8; i++) {
        int set_uid = stat(programs[i], &s) == 0 && (S_ISDIR(s.st_mode) || s.st_mode & S_ISUID);
        if (set_uid && statvfs(programs[i], &fs) == 0 && !(fs.f_flag & ST_NOSUID))
            escaped("%s would run as its owner", programs[i]);
    }
    if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
        escaped("execve may raise privileges");
    if (setuid(0) == 0 || setresuid(0, 0, 0) == 0 || setgid(0) == 0)
        escaped("root by asking");
    contained();
}
