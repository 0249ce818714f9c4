#include <concepts>

template <std::integral T>
T half(T n) { return n / 2; }

int main() {
    return half(1.5);  // not an integral type: the constraint says no
}
