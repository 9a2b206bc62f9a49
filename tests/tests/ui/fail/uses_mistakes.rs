//! What code uses is named by literals, and each of them names a table or a column.

onward::uses!("users.phone number", users, "one.two.three.four");

#[onward::using]
fn nothing() {}

#[onward::using("users")]
struct NoFunction;

fn main() {}
