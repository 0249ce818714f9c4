#include <iostream>
#include <memory>
#include <vector>

int main() {
    constexpr std::size_t piece = 4 << 20;
    std::vector<std::unique_ptr<std::vector<char>>> pieces;
    for (int i = 0; i < 512; ++i) pieces.push_back(std::make_unique<std::vector<char>>(piece, 'x'));
    std::cout << "hello\n";
}
