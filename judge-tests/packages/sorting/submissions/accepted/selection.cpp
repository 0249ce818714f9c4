#include <algorithm>
#include <cstdio>
#include <vector>

int main() {
    int n;
    scanf("%d", &n);
    std::vector<int> a(n);
    for (int &x : a) scanf("%d", &x);
    std::vector<std::pair<int, int>> swaps;
    for (int i = 0; i < n; i++) {
        int j = std::min_element(a.begin() + i, a.end()) - a.begin();
        if (i != j) swaps.push_back({i + 1, j + 1}), std::swap(a[i], a[j]);
    }
    printf("%zu\n", swaps.size());
    for (auto [i, j] : swaps) printf("%d %d\n", i, j);
}
