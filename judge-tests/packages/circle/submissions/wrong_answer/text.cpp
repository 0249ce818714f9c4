#include <cstdio>

int main() { puts("about three"); }
