use onward::Migration;

#[derive(Migration)]
#[migration(
    version = 1,
    up = r#"ALTER TABLE "users" ADD COLUMN "é" text;
            ALTER TABLE "users" ADD COLUMN "phone" text;"#,
    down = r#"ALTER TABLE "users" DROP COLUMN "é";
              ALTER TABLE "users" DROP COLUMN "phone""#,
    dialect(postgres)
)]
struct AddPhone;

fn main() {}
