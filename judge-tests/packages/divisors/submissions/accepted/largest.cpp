#include <fstream>
#include <iostream>
#include <string>
#include <utility>

int main(int argc, char **argv) {
    int n, shift;
    std::cin >> n;
    std::ifstream("shift.txt") >> shift;
    n += shift;
    for (int d = n / 2; d > 1; d--)
        if (n % d == 0) {
            std::pair<int, int> p(d, n / d);
            if (argc > 1 && std::string(argv[1]) == "sorted") std::swap(p.first, p.second);
            if (p.first > p.second && argc > 1) std::swap(p.first, p.second);
            std::cout << p.first << " " << p.second << "\n";
            return 0;
        }
    std::cout << "{{word}}\n";
}
