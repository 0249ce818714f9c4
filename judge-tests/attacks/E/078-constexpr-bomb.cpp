//: intent = "A constant expression that is computed for ever."
//: verdict = "CE"
//: request = { compile = { limits = { cpu_time_ms = 2000, wall_time_ms = 6000 }, args = ["-fconstexpr-ops-limit=9000000000000", "-fconstexpr-loop-limit=2000000000"] } }
//: control = { bites = "lasts", seconds = 2, run = "g++ -std=gnu++17 -fconstexpr-ops-limit=9000000000000 -fconstexpr-loop-limit=2000000000 -c $SOURCE" }
constexpr long spin() {
    long n = 0;
    for (int i = 0; i < 1000000000; i++)
        n += i;
    return n;
}
static_assert(spin() != 1);
int main() {}
