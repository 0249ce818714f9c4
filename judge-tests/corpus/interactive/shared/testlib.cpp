#include "quit.h"
#include <fstream>
#include <iostream>
#include <string>

// What was guessed goes to the output file, for the checker.
int main(int, char **argv)
{
    int secret = 0, guess = 0;
    std::ifstream(argv[1]) >> secret;
    std::ofstream log(argv[2]);
    while (std::cin >> guess) {
        log << guess << "\n";
        if (guess > 1000) {
            std::cerr << guess << " is out of range";
            return WRONG;
        }
        std::cout << (guess < secret ? "higher" : guess > secret ? "lower" : "correct") << std::endl;
        if (guess == secret)
            return OK;
    }
    std::cerr << "no more guesses";
    return UNEXPECTED_EOF;
}
