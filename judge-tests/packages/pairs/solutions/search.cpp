#include <fstream>

int main() {
    long long n, best = 0, with = 1;
    std::ifstream("pairs.in") >> n;
    for (volatile long long a = 1; a < n; a = a + 1)
        for (volatile long long b = 1; b < n; b = b + 1)
            if (a + b == n && a * b > best) best = a * b, with = a;
    std::ofstream("pairs.out") << with << " " << n - with << "\n";
}
