onward::catalog!();

fn main() {
    let _ = MIGRATIONS;
}
