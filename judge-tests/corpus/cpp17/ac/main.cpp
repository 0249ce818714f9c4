#include <algorithm>
#include <iostream>
#include <map>
#include <string>
#include <utility>
#include <vector>

static_assert(__cplusplus == 201703L, "this is compiled as C++17");

int main() {
    std::map<std::string, int> count;
    for (std::string word; std::cin >> word;) {
        // C++17: `if` with an initializer, structured bindings.
        if (auto [place, is_new] = count.try_emplace(word, 1); !is_new) ++place->second;
    }
    std::vector<std::pair<std::string, int>> words(count.begin(), count.end());
    std::stable_sort(words.begin(), words.end(), [](auto& a, auto& b) { return a.second > b.second; });
    for (auto& [word, times] : words) std::cout << word << ' ' << times << '\n';
}
