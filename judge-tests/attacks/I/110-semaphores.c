//: intent = "Semaphores by the million: 64 bytes of the kernel's each, in no process and no file."
//: cgroup2 = ["MLE", "RE", "AC"]
//: why = "where a cgroup counts them, the call fails or the killer comes"
//: limits = { cpu_time_ms = 10000, wall_time_ms = 30000 }
#include "attack.h"
#include <sys/ipc.h>
#include <sys/sem.h>

int main(void) {
    int sets[48], made = 0;
    while (made < 48 && (sets[made] = semget(IPC_PRIVATE, 32000, IPC_CREAT | 0600)) >= 0)
        made++;
    for (int i = 0; is_control() && i < made; i++)
        semctl(sets[i], 0, IPC_RMID);
    if (made == 48)
        escaped("1536000 semaphores, 94 MiB");
    contained();
}
