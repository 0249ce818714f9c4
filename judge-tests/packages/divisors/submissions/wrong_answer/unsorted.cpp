#include <fstream>
#include <iostream>

int main() {
    int n, shift;
    std::cin >> n;
    std::ifstream("shift.txt") >> shift;
    n += shift;
    for (int d = n / 2; d > 1; d--)
        if (n % d == 0) return std::cout << d << " " << n / d << "\n", 0;
    std::cout << "{{word}}\n";
}
