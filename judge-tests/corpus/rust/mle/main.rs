fn main() {
    let mut pieces = Vec::new();
    for i in 0..512u32 {
        pieces.push(vec![i as u8 | 1; 4 << 20]);
    }
    println!("hello {}", pieces.len());
}
