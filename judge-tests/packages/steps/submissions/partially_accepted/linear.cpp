#include <iostream>

int main() {
    long long n, a = 1, b = 1;
    std::cin >> n;
    if (n > 10000000) return 1;
    while (--n > 0) {
        long long c = (a + b) % 1000000007;
        a = b;
        b = c;
    }
    std::cout << b << "\n";
}
