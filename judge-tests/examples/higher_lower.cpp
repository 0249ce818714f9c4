#include <fstream>
#include <iostream>

// What was guessed goes to the file that the checker judges.
int main(int, char **argv)
{
    int secret = 0, guess = 0;
    std::ifstream(argv[1]) >> secret;
    std::ofstream guesses(argv[2]);
    while (std::cin >> guess) {
        guesses << guess << "\n";
        std::cout << (guess < secret ? "higher" : guess > secret ? "lower" : "correct") << std::endl;
        if (guess == secret)
            return 0;
    }
    return 1;
}
