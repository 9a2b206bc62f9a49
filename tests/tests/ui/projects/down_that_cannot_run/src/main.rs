onward::directory!("migrations", dialect(postgres));

fn main() {}
