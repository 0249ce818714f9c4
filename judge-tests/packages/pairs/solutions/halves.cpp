#include <fstream>

int main() {
    int n;
    std::ifstream("pairs.in") >> n;
    std::ofstream("pairs.out") << n / 2 << " " << n - n / 2 << "\n";
}
