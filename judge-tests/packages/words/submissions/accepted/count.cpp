#include <iostream>
#include <string>

int main() {
    std::string word;
    int n = 0;
    while (std::cin >> word) n++;
    std::cout << n << "\n";
}
