#include <iostream>
#include <map>
#include <string>

int main() {
    std::map<int, std::string> memory;
    for (int i = 0; i < 2048; ++i) memory.emplace(i, std::string(1 << 20, 'x'));
    std::cout << "hello\n";
}
