//! Is this database empty, so that whatever a plan takes from it is what the plan put there?

use onward_analysis::{Dialect, LossKind};

use crate::Plan;
use crate::session::Session;

/// Whether no table but Onward's own stands in the database. One that this role cannot see is not to be ruled out, so that a
/// plan which names other databases or attached files is never on new ground.
///
/// # Errors
/// Where the catalog cannot be read.
pub(crate) async fn is_new(session: &mut dyn Session, plan: &Plan) -> sqlx::Result<bool> {
    let sql = match session.dialect() {
        // What an extension brings (PostGIS has tables) is nobody's data.
        Dialect::Postgres => {
            "SELECT count(*) FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
             WHERE c.relkind IN ('r', 'p', 'm', 'f') AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_' \
             AND c.relname !~ '^_onward_' \
             AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')"
        }
        Dialect::MySql => {
            "SELECT count(*) FROM information_schema.tables WHERE table_schema = DATABASE() \
             AND table_name NOT LIKE '\\_onward\\_%'"
        }
        Dialect::Sqlite => {
            "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' \
             AND name NOT LIKE '\\_onward\\_%' ESCAPE '\\'"
        }
    };
    let elsewhere = |dialect: Dialect| {
        let mut losses = plan.steps().iter().flat_map(|step| step.losses());
        losses.any(|loss| match loss.kind {
            // It is another one: nobody drops the database that they are connected to.
            LossKind::DropDatabase => true,
            _ => dialect != Dialect::Postgres && loss.object.schema.is_some(),
        })
    };
    if elsewhere(session.dialect()) {
        return Ok(false);
    }
    let rows = session.query(sql, &[]).await?;
    Ok(rows.first().and_then(|row| row.int(0)) == Some(0))
}
