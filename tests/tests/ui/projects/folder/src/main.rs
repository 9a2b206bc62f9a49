#![deny(warnings)]
#![forbid(unsafe_code)]

onward::catalog!();
onward::directory!("migrations");

fn main() {
    let _ = MIGRATIONS;
}
