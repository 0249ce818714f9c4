use std::io;

fn main() {
    let mut line = String::new();
    io::stdin().read_line(&mut line).expect("a line");
    let sum: i32 = line.split_whitespace().map(|n| n.parse::<i32>().expect("a number")).sum();
    println!("{}", sum);
}
