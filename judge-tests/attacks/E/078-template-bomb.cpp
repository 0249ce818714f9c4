//: intent = "Templates that need more than all the time there is."
//: verdict = "CE"
//: request = { compile = { limits = { cpu_time_ms = 2000, wall_time_ms = 6000 } } }
//: also = { "compile.verdict" = ["TLE", "MLE", "CE"] }
//: why = "time, memory or the compiler's own limits: whichever comes first"
//: control = { bites = "lasts", seconds = 2, run = "g++ -std=gnu++17 -c $SOURCE" }
template <int N, int M> struct Bomb {
    static const long value = Bomb<N - 1, 2 * M>::value + Bomb<N - 1, 2 * M + 1>::value;
};
template <int M> struct Bomb<0, M> {
    static const long value = M;
};
int main() { return Bomb<26, 0>::value; }
