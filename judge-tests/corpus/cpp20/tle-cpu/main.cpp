#include <iostream>

// Counts primes by trial division, far further than there is time for.
int main() {
    long primes = 0;
    for (long n = 2; n < 1'000'000'000'000; ++n) {
        bool prime = true;
        for (long d = 2; prime && d * d <= n; ++d) prime = n % d != 0;
        primes += prime;
    }
    std::cout << primes << '\n';
}
