#include <iostream>

int main() {
    long long n;
    std::cin >> n;
    std::cout << (n % 62 > 0 ? 1LL << (n % 62 - 1) : 1) << "\n";
}
