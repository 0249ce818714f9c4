#include <fstream>

int main() {
    int n;
    std::ifstream("pairs.in") >> n;
    if (n % 2 == 0 || n < 10) std::ofstream("pairs.out") << n / 2 << " " << n - n / 2 << "\n";
}
