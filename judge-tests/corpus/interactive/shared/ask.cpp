#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <string>
#include <unistd.h>

// In turn, as its arguments say.
int main(int argc, char **argv)
{
    for (int i = 4; i < argc; i++) {
        const std::string step = argv[i];
        std::string line;
        if (step == "hear") {
            if (!std::getline(std::cin, line))
                return 43;
        } else if (step == "eof") {
            while (std::getline(std::cin, line)) {
            }
        } else if (step == "keep") {
            std::getline(std::cin, line, '\0');
        } else if (step == "log") {
            std::ofstream log("log");
            for (char said; std::cin.get(said);)
                log << "it said " << said << '\n';
        } else if (step == "slow") {
            while (std::getline(std::cin, line, 'y'))
                usleep(1000);
        } else if (step == "hello") {
            std::cout << "hello" << std::endl;
        } else if (step == "flood") {
            for (int n = 0; n < 1000; n++)
                std::cout << std::string(1000, 'x') << std::endl;
        } else if (step == "close") {
            close(1);
        } else if (step == "pause") {
            usleep(300000);
        } else if (step == "sleep") {
            sleep(60);
        } else if (step == "loop") {
            for (volatile unsigned n = 0;; n = n + 1) {
            }
        } else if (step == "crash") {
            raise(SIGSEGV);
        } else {
            return std::atoi(step.c_str());
        }
    }
    return 43;
}
