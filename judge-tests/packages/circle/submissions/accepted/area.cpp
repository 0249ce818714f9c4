#include <cmath>
#include <cstdio>

int main() {
    double r;
    if (scanf("%lf", &r) == 1) printf("%.9e\n", std::acos(-1) * r * r);
}
