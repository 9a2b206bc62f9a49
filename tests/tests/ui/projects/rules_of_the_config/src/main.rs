onward::directory!("migrations");

fn main() {}
