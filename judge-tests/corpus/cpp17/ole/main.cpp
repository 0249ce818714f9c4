#include <iostream>

int main() {
    for (;;) std::cout << "one more line of no use to anyone\n";
}
