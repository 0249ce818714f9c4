// The output must be the answer, byte by byte. `icpc`: the output is stdin; `testlib`: the second argument.
#include <cstring>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

static std::string all(std::istream &from)
{
    return {std::istreambuf_iterator<char>(from), {}};
}

int main(int argc, char **argv)
{
    const bool testlib = argc > 4 && std::strcmp(argv[4], "testlib") == 0;
    std::ifstream answer(testlib ? argv[3] : argv[2], std::ios::binary), file(argv[2], std::ios::binary);
    std::string wanted = all(answer);
    const std::string got = testlib ? all(file) : all(std::cin);
    // What is too long to stand in a case.
    if (wanted.rfind("repeat z ", 0) == 0)
        wanted = std::string(std::stoul(wanted.substr(9)), 'z') + "\n";
    std::cerr << got.size() << " of " << wanted.size() << " bytes";
    if (testlib)
        return got == wanted ? 0 : 1;
    return got == wanted ? 42 : 43;
}
