#include <cstdlib>
#include <iostream>

int main(int, char **argv)
{
    std::cerr << "I say " << argv[4] << "\n";
    return std::atoi(argv[4]);
}
