#ifndef TRIANGLE_H
#define TRIANGLE_H

int triangle(int n);

#endif
