#: intent = "Locked shared memory counts for the user, of a dead run until the kernel gets to its IPC namespace, and in every namespace above."
#: both = true
import ctypes
import errno
import resource
import sys
import time

libc = ctypes.CDLL(None, use_errno=True)
KEY, CREATE, REMOVE, LOCK, PAGE = 0x415516, 0o1000, 0, 11, 4096

# A run's own limit is no higher.
MOST = min(resource.getrlimit(resource.RLIMIT_MEMLOCK)[0] % (1 << 64), 8 << 20)
resource.setrlimit(resource.RLIMIT_MEMLOCK, (MOST, MOST))


def lock(key, size):
    """A locked segment of that many bytes; or why there is none."""
    segment = libc.shmget(key, size, CREATE | 0o600)
    if segment < 0 or libc.shmctl(segment, LOCK, None) < 0:
        error = ctypes.get_errno()
        libc.shmctl(segment, REMOVE, None)
        return None, error
    return segment, 0


if sys.argv[1] == "plant":
    planted, _ = lock(KEY, MOST - PAGE)
    if planted is not None and sys.argv[2] == "stay":
        time.sleep(1.5)
        libc.shmctl(planted, REMOVE, None)
    print("nothing")
else:
    found = False
    for _ in range(20 if sys.argv[2] == "wait" else 1):
        mine, error = lock(0, 4 * PAGE)
        found = found or error in (errno.ENOMEM, errno.EPERM)
        if mine is not None:
            libc.shmctl(mine, REMOVE, None)
        time.sleep(0.05)
    # The control's is still there.
    libc.shmctl(libc.shmget(KEY, PAGE, 0), REMOVE, None)
    print("found that there is no room" if found else "nothing")
