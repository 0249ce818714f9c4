#include <cstdlib>
#include <iostream>

int main() {
    std::cout << "hello" << std::endl;
    std::exit(3);
}
