#include <iostream>

int main() {
    unsigned long long n, a = 1, b = 1;
    std::cin >> n;
    for (volatile unsigned long long i = 1; i < n; i = i + 1) {
        unsigned long long c = (a + b) % 1000000007;
        a = b;
        b = c;
    }
    std::cout << b << "\n";
}
