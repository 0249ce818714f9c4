#include "exits.h"

#include <fstream>
#include <iostream>

int end(int code, const char *why) {
    std::cerr << why << "\n";
    return code;
}

int main(int argc, char **argv) {
    if (argc < 4) return end(FAIL, "input, output, answer");
    std::ifstream input(argv[1]), output(argv[2]), answer(argv[3]);
    long long n, a, b, x, y;
    if (!(input >> n && answer >> x >> y)) return end(FAIL, "there is no answer");
    if (!(output >> a >> b)) return end(PRESENTATION, "not two numbers");
    if (a < 1 || b < 1 || a + b != n) return end(WRONG, "not the sum");
    if (a * b < x * y) return end(HALF, "a pair with a smaller product");
    return end(OK, "the greatest product");
}
