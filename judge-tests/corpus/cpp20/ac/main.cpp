#include <algorithm>
#include <compare>
#include <concepts>
#include <iostream>
#include <ranges>
#include <vector>

static_assert(__cplusplus >= 202002L, "this is compiled as C++20");

// C++20: a concept, a comparison by default, an algorithm on a range.
template <typename T>
concept Number = std::integral<T> || std::floating_point<T>;

template <Number T>
struct Entry {
    T value;
    auto operator<=>(const Entry&) const = default;
};

int main() {
    std::vector<Entry<long>> entries;
    for (long n; std::cin >> n;) entries.push_back({n});
    std::ranges::sort(entries);
    for (long n : entries | std::views::transform(&Entry<long>::value)) std::cout << n << '\n';
}
