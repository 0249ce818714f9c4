#include <iostream>
#include <string>

int main() {
    std::string word, text;
    std::cin >> word >> text;
    if (word == "encode") {
        unsigned n = std::stoul(text);
        for (int i = 15; i >= 0; i--) std::cout << (n >> i & 1 ? 'b' : 'a');
    } else {
        unsigned n = 0;
        for (char c : text) n = 2 * n + (c == 'b');
        std::cout << n;
    }
}
