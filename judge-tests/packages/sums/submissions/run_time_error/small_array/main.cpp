#include "store.h"

#include <cstdlib>
#include <iostream>

int main() {
    int n, x;
    std::cin >> n;
    if (n > SIZE) std::abort();
    long long best = -1e18, current = -1e18;
    while (std::cin >> x) {
        current = x > current + x ? x : current + x;
        best = current > best ? current : best;
    }
    std::cout << best << "\ndone\n";
}
