#include <iostream>
#include <sstream>
#include <string>

int main() {
    std::string line, word;
    std::getline(std::cin, line);
    std::istringstream words(line);
    int n = 0;
    while (words >> word) n++;
    std::cout << n << "\n";
}
