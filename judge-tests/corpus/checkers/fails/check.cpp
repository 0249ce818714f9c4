#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <string>
#include <sys/syscall.h>
#include <unistd.h>
#include <vector>

int main(int, char **argv)
{
    const std::string how = argv[4], block(1 << 16, 'x');
    std::cerr << "about to " << how << std::endl;
    if (how == "crash")
        raise(SIGSEGV);
    if (how == "abort")
        abort();
    if (how == "kill")
        raise(SIGKILL);
    if (how == "policy")
        syscall(SYS_reboot, 0, 0, 0, nullptr);
    volatile unsigned spin = 0;
    while (how == "loop")
        spin = spin + 1;
    if (how == "memory") {
        std::vector<std::string> all;
        while (all.size() < 4096)
            all.push_back(block);
        return 1;
    }
    for (int i = 0; i < 4096 && how == "stdout"; i++)
        std::cout << block;
    for (int i = 0; i < 4096 && how == "stderr"; i++)
        std::cerr << block;
    if (how == "disk") {
        std::ofstream out(std::string(argv[3]) + "judgemessage.txt");
        for (int i = 0; i < 4096 && out; i++)
            out << block << std::flush;
        return 1;
    }
    return 42;
}
