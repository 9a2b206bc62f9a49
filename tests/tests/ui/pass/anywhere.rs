#![deny(warnings)]
//! A migration may stand in a module, in a function and in a macro's output, without `catalog!()`.

mod inner {
    use onward::Migration;

    #[derive(Migration)]
    #[migration(version = 1, up = "CREATE TABLE a (b integer)", irreversible = "kept for good")]
    pub(super) struct InModule;
}

macro_rules! create {
    ($name:ident, $version:literal, $up:literal) => {
        #[derive(onward::Migration)]
        #[migration(version = $version, up = $up, irreversible = "kept for good")]
        struct $name;
    };
}

create!(InMacro, 2, "CREATE TABLE c (d integer)");

fn main() {
    #[derive(onward::Migration)]
    #[migration(version = 3, up = "CREATE TABLE e (f integer)", irreversible = "kept for good")]
    struct InFunction;

    use onward::Migration;
    let names = [inner::InModule::NAME, InMacro::NAME, InFunction::NAME];
    assert_eq!(names, ["in_module", "in_macro", "in_function"]);
}
