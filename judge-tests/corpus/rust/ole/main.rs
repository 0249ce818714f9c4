fn main() {
    loop {
        println!("one more line of no use to anyone");
    }
}
