//! Which statements change neither data nor anything that the model holds?

use sqlparser::ast::{DropBehavior, Statement as Syntax};

use crate::act::Act;

/// Inert where the statement is known to be so; unknown for everything that nobody has thought about.
pub(super) fn inert(syntax: &Syntax) -> Act {
    match syntax {
        Syntax::Raise(_) => Act::Fails("RAISE stands outside of a body".to_owned()),
        Syntax::Analyze(_)
        | Syntax::Case(_)
        | Syntax::Close { .. }
        | Syntax::Flush { .. }
        | Syntax::Discard { .. }
        | Syntax::ShowFunctions { .. }
        | Syntax::ShowVariable { .. }
        | Syntax::ShowStatus { .. }
        | Syntax::ShowVariables { .. }
        | Syntax::ShowCreate { .. }
        | Syntax::ShowColumns { .. }
        | Syntax::ShowDatabases { .. }
        | Syntax::ShowProcessList { .. }
        | Syntax::ShowSchemas { .. }
        | Syntax::ShowCharset(_)
        | Syntax::ShowTables { .. }
        | Syntax::ShowViews { .. }
        | Syntax::ShowCollation { .. }
        | Syntax::StartTransaction { .. }
        | Syntax::Commit { .. }
        | Syntax::Rollback { .. }
        | Syntax::ExplainTable { .. }
        | Syntax::Explain { .. }
        | Syntax::Savepoint { .. }
        | Syntax::ReleaseSavepoint { .. }
        | Syntax::Lock(_)
        | Syntax::LockTables { .. }
        | Syntax::UnlockTables
        | Syntax::OptimizeTable { .. }
        | Syntax::LISTEN { .. }
        | Syntax::UNLISTEN { .. }
        | Syntax::NOTIFY { .. }
        | Syntax::Vacuum(_)
        | Syntax::Use(_)
        | Syntax::Kill { .. }
        | Syntax::Deallocate { .. } => Act::Inert,
        Syntax::AttachDatabase { .. } => Act::Unknown(
            "another database file is attached, and what goes there is not followed".to_owned(),
        ),
        Syntax::CreateRole(_)
        | Syntax::CreateServer(_)
        | Syntax::CreateOperator(_)
        | Syntax::CreateOperatorFamily(_)
        | Syntax::CreateOperatorClass(_)
        | Syntax::CreateTextSearch(_)
        | Syntax::CreateCollation(_)
        | Syntax::AlterCollation(_)
        | Syntax::AlterOperator(_)
        | Syntax::AlterOperatorFamily(_)
        | Syntax::AlterOperatorClass(_)
        | Syntax::AlterTextSearch(_)
        | Syntax::AlterRole { .. }
        | Syntax::AlterPolicy(_)
        | Syntax::DropPolicy(_)
        | Syntax::CreateUser(_)
        | Syntax::AlterUser(_)
        | Syntax::Grant(_)
        | Syntax::Revoke(_)
        | Syntax::Comment { .. } => Act::Outside,
        Syntax::DropOperator(drop) => dropped(drop.drop_behavior),
        Syntax::DropOperatorFamily(drop) => dropped(drop.drop_behavior),
        Syntax::DropOperatorClass(drop) => dropped(drop.drop_behavior),
        Syntax::Execute { .. } | Syntax::Prepare { .. } => {
            Act::Unknown("it runs a prepared statement".into())
        }
        Syntax::LoadData { .. } => Act::Unknown("it loads data from a file".into()),
        _ => Act::Unknown("this statement is not one that Onward knows".into()),
    }
}

/// Partitioned tables depend on the operators by which their rows are told apart.
fn dropped(behavior: Option<DropBehavior>) -> Act {
    match behavior {
        Some(DropBehavior::Cascade) => {
            Act::Unknown("tables that are partitioned by it are dropped with it".to_owned())
        }
        Some(DropBehavior::Restrict) | None => Act::Outside,
    }
}
