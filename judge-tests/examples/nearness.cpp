#include <cmath>
#include <fstream>
#include <iostream>

// The nearer to the answer, the more points: exit status 7 and `points X` on stderr.
int main(int, char **argv)
{
    double got = 0, wanted = 0;
    std::ifstream(argv[2]) >> got;
    std::ifstream(argv[3]) >> wanted;
    const double points = std::fmax(0, 10 - std::fabs(got - wanted));
    std::cerr << "points " << points << " for " << got;
    return points > 0 ? 7 : 1;
}
