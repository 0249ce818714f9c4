fn main() {
    let text = String::from("moved away");
    let other = text;
    println!("{} {}", text, other);
}
