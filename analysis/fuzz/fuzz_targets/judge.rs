//! Does any text make the analysis panic, hang or exhaust the stack? `cargo +nightly fuzz run judge`
#![no_main]

#[path = "../run.rs"]
mod run;

libfuzzer_sys::fuzz_target!(|data: &[u8]| run::run(data));
