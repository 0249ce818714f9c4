#include "feedback.h"

#include <cstring>
#include <fstream>
#include <iostream>
#include <string>

int main(int argc, char **argv) {
    bool sorted = argc > 4 && std::strcmp(argv[4], "sorted") == 0;
    std::ifstream answer(argv[2]);
    Feedback feedback(argv[3]);
    long long n, a = 0, b = 0;
    std::string first, second, more;
    answer >> n;
    bool possible = static_cast<bool>(answer >> more);
    if (!(std::cin >> first)) return feedback.wrong("there is no output");
    if (first == "{{word}}") return possible ? feedback.wrong("it is possible") : feedback.right();
    try {
        a = std::stoll(first);
        if (!(std::cin >> second)) return feedback.wrong("one number only");
        b = std::stoll(second);
    } catch (...) {
        return feedback.wrong("not a number");
    }
    if (std::cin >> more) return feedback.wrong("more than two numbers");
    if (a < 2 || b < 2 || a > {{most}} || b > {{most}} || a * b != n) return feedback.wrong("not the product");
    if (sorted && a > b) return feedback.wrong("not sorted");
    return feedback.right();
}
