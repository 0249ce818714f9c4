#include <cstdlib>
#include <fstream>
#include <iostream>

int main(int, char **argv)
{
    int secret = 0, guess = 0, count = 0;
    std::ifstream(argv[1]) >> secret;
    std::ofstream message(std::string(argv[3]) + "judgemessage.txt");
    while (std::cin >> guess && ++count <= std::atoi(argv[4])) {
        std::cout << (guess < secret ? "higher" : guess > secret ? "lower" : "correct") << std::endl;
        if (guess == secret) {
            message << count << " guesses";
            return 42;
        }
    }
    return 43;
}
