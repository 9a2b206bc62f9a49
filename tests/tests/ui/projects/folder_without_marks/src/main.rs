onward::directory!("migrations", dialect(sqlite));

fn main() {}
