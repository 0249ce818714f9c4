#include "quit.h"
#include <cstdlib>
#include <iostream>
#include <map>
#include <string>

int main(int, char **argv)
{
    const std::map<std::string, int> statuses{{"ok", OK}, {"wrong", WRONG}, {"presentation", PRESENTATION}, {"dirt", DIRT},
                                              {"eof", UNEXPECTED_EOF}, {"fail", FAIL}};
    std::cerr << argv[4] << " it is\n";
    auto named = statuses.find(argv[4]);
    return named == statuses.end() ? std::atoi(argv[4]) : named->second;
}
