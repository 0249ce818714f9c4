#include <iostream>
#include <string>

int main() {
    std::string answer;
    // Goes on until it is told no more.
    for (int i = 1; i <= 1000; i++) {
        std::cout << i << std::endl;
        if (!(std::cin >> answer) || answer == "correct") return 0;
    }
}
