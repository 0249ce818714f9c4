fn main() {
    println!("hello");
    std::process::abort();
}
