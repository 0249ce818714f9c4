fn main() {
    let mut state: u64 = 1;
    loop {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        if state == 1 {
            break; // only after 2^64 turns
        }
    }
    println!("{}", state);
}
