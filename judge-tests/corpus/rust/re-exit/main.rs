fn main() {
    println!("hello");
    std::process::exit(3);
}
