#include <iostream>
#include <vector>

// Sums over all pairs of a list so long that a quadratic loop never gets through.
int main() {
    std::vector<unsigned> numbers(4'000'000, 1);
    volatile unsigned long sum = 0;
    for (unsigned a : numbers)
        for (unsigned b : numbers) sum = sum + a * b;
    std::cout << sum << '\n';
}
