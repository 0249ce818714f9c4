#include "quit.h"
#include <cstdlib>
#include <iostream>
#include <string>

int main(int, char **argv)
{
    if (argv[4] == std::string("partly"))
        return PARTIALLY + std::atoi(argv[5]);
    std::cerr << "points " << argv[5] << " for trying\n";
    return POINTS;
}
