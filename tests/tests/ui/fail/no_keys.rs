use onward::Migration;

#[derive(Migration)]
struct CreateA;

fn main() {}
