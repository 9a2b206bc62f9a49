//! What code uses is named by literals, and each of them names a table or a column.

onward::declare::uses!("users.phone number", users, "one.two.three.four");

#[onward::uses]
fn nothing() {}

#[onward::uses("users")]
struct NoFunction;

fn main() {}
