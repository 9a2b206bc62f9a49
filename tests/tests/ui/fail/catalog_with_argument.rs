onward::catalog!("migrations");

fn main() {}
