#include "mean.h"

double mean(FILE *in)
{
    double sum = 0, x;
    int n = 0;
    while (fscanf(in, "%lf", &x) == 1) {
        sum += x;
        n++;
    }
    return n ? sum / n : 0;
}
