// A run of well under a millisecond, which is over before its slot has made ready for the next: says what it can tell of those before it,
// then leaves all that it can. Arguments: its two folders, and how to leave them. The first line has the numbers of its file systems and mounts.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

// Names, and what is known of the folder.
static void show(const char *at) {
    DIR *dir = opendir(at);
    printf("%s:", at);
    for (struct dirent *e; dir && (e = readdir(dir));)
        if (e->d_name[0] != '.') printf(" %s", e->d_name);
    struct stat s;
    struct statvfs v;
    if (stat(at, &s) || statvfs(at, &v)) printf(" %s", strerror(errno));
    else printf(" mode %o links %d used %lu files %lu", s.st_mode, (int)s.st_nlink, (unsigned long)(v.f_blocks - v.f_bfree), (unsigned long)(v.f_files - v.f_ffree));
    puts("");
}

// The list of mounts, without the numbers that the kernel hands out.
static void mounts(void) {
    FILE *list = fopen("/proc/self/mountinfo", "r");
    char line[1024], root[256], at[256], options[256], rest[512];
    while (list && fgets(line, sizeof line, list))
        if (sscanf(line, "%*s %*s %*s %255s %255s %255s %511[^\n]", root, at, options, rest) == 4) printf("%s %s %s %s\n", root, at, options, rest);
}

// By which it could tell how many there were before: each is the lowest that is free, or counts up from the root's.
static void numbers(const char *root, const char *box, const char *tmp) {
    struct statx r, b, t;
    const unsigned MASK = STATX_INO | STATX_MNT_ID;
    if (statx(AT_FDCWD, root, 0, MASK, &r) || statx(AT_FDCWD, box, 0, MASK, &b) || statx(AT_FDCWD, tmp, 0, MASK, &t)) exit(4);
    long own = b.stx_mnt_id - r.stx_mnt_id, other = t.stx_mnt_id - r.stx_mnt_id;
    printf("device %u inodes %llu %llu mounts %ld %ld\n", b.stx_dev_minor, b.stx_ino, t.stx_ino, own, other);
}

int main(int argc, char **argv) {
    if (argc < 4) return 3;
    const char *box = argv[1], *tmp = argv[2];
    int how = atoi(argv[3]);
    char name[256] = "";
    numbers("/", box, tmp);
    show(box);
    show(tmp);
    if (!strcmp(box, "/box")) {
        mounts();
        struct stat up, root;
        printf("above the root: %s\n", !stat("../../../..", &up) && !stat("/", &root) && up.st_ino == root.st_ino && up.st_dev == root.st_dev ? "itself" : "another");
    }
    // Before anything is in their way.
    fflush(stdout);
    for (int i = 0; i < 2; i++) {
        if (chdir(i ? tmp : box)) return 5;
        close(open("planted", O_WRONLY | O_CREAT, 0644));
        if (how % 4 == 1) {
            // Names that the zygote makes itself, for the next.
            const char *NAMES[] = {"main", "root", "box", "tmp"};
            for (int n = 0; n < 4; n++)
                if (symlink("/proc/self/root", NAMES[n])) perror(NAMES[n]);
        }
        if (how % 4 == 2) {
            if (mkdir("deep", 0) || mkdir("tmp", 0777)) perror("mkdir");
            // The folder itself: it can't be, as it is mounted; and its mode.
            rmdir(i ? tmp : box);
            rename(i ? tmp : box, "elsewhere");
            chmod(".", 0);
        }
        if (how % 4 == 3) {
            // So much that it takes a while to be gone.
            for (int n = 0; n < 100; n++) {
                sprintf(name, "planted-%d", n);
                close(open(name, O_WRONLY | O_CREAT, 0644));
            }
            static char block[128 * 1024];
            int fd = open("large", O_WRONLY | O_CREAT, 0644);
            if (write(fd, block, sizeof block) < 0) perror("large");
        }
    }
    return 0;
}
