#include <iostream>

#include "shapes/square.hpp"

int main() {
    int side;
    std::cin >> side;
    std::cout << shapes::square(side) << '\n';
}
