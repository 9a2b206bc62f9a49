//! What does the name of a type mean?

use std::sync::Arc;

use crate::Dialect;
use crate::act::{Column, Name};
use crate::judge::run::Run;
use crate::schema::{self, Key, Shared};
use crate::types::{Length, Type};

impl Run<'_> {
    /// The type as `types` understands it: enums with their labels, domains by what is under them.
    pub(crate) fn type_of(&self, text: &str) -> Type {
        self.resolved(&self.schema.types, text)
    }

    /// What `text` meant at the start, where it is a type of the migrations' own.
    pub(in crate::judge) fn first_own_type(&self, text: &str) -> Option<Type> {
        let mut known = [&self.types, &self.schema.types].into_iter();
        let types = known.find(|types| self.type_among(types, text).is_some())?;
        Some(self.resolved(types, text))
    }

    fn resolved(&self, types: &Shared<Key, Arc<schema::Type>>, text: &str) -> Type {
        let mut at = text;
        if let Some(element) = text.strip_suffix("[]")
            && self.dialect == Dialect::Postgres
        {
            return Type::Array(Box::new(self.type_of(element)));
        }
        for _ in 0..8 {
            let Some(defined) = self.type_among(types, at) else {
                break;
            };
            match (&defined.labels, &defined.base) {
                (Some(labels), _) => {
                    self.spend(labels.len() / 2);
                    return Type::Enum(labels.clone());
                }
                (None, Some(base)) => at = base,
                (None, None) => break,
            }
        }
        self.spend(at.len() / 4);
        if self.is_exhausted() {
            return Type::Named(at.to_owned());
        }
        Type::parse(self.dialect, at)
    }

    /// Whether the type holds the values of every other: PostgreSQL writes any value as text that reads back the same
    /// (the [output functions](https://www.postgresql.org/docs/15/sql-createcast.html) of all types cast to it).
    pub(in crate::judge) fn holds_anything(&self, ty: &str) -> bool {
        self.dialect == Dialect::Postgres
            && matches!(
                self.type_of(ty),
                Type::Text {
                    length: Length::Any,
                    fixed: false,
                    ..
                }
            )
    }

    /// Whether the type, or that under a domain, takes 'A' for 'a'.
    pub(in crate::judge) fn folds_case(&self, ty: &str) -> bool {
        let own = self.type_named(ty);
        let base = own.and_then(|own| own.base.as_deref());
        let last = |ty: &str| cast_type(ty) == "citext";
        let sorted = own.and_then(|own| collation(self.dialect, &own.text));
        last(ty) || base.is_some_and(last) || sorted.is_some_and(|name| !is_deterministic(&name))
    }

    pub(crate) fn type_named(&self, text: &str) -> Option<&schema::Type> {
        self.type_among(&self.schema.types, text)
    }

    /// What `text` meant among `types`.
    pub(in crate::judge) fn type_among<'t>(
        &self,
        types: &'t Shared<Key, Arc<schema::Type>>,
        text: &str,
    ) -> Option<&'t schema::Type> {
        if types.is_empty() {
            return None;
        }
        let key = self.key(&type_name(text));
        types.get(&key).map(|ty| &**ty)
    }

    /// The type of a column as it was declared: SQLite's may have none, which is a type of its own, and so is `ANY` where
    /// the table is strict. (<https://sqlite.org/stricttables.html>)
    pub(in crate::judge) fn declared<'c>(
        &self,
        table: &schema::Table,
        column: &'c Column,
    ) -> Option<&'c str> {
        let ty = column.ty.as_deref();
        if self.dialect != Dialect::Sqlite {
            return ty;
        }
        let is_any = |ty: &str| table.storage.strict && ty.eq_ignore_ascii_case("any");
        let named = ty.filter(|ty| !is_any(ty));
        named.or_else(|| (ty.is_some() || !column.text.is_empty()).then_some(""))
    }
}

/// The name of a type as it is written, without quotes.
pub(in crate::judge) fn type_name(text: &str) -> Name {
    let bare = |part: &str| match part.starts_with('"') {
        true => part.trim_matches('"').to_owned(),
        false => part.to_lowercase(),
    };
    match text.rsplit_once('.') {
        Some((schema, name)) => Name {
            schema: Some(bare(schema)),
            name: bare(name),
        },
        None => Name::plain(bare(text)),
    }
}

/// A type as casts are looked up by it: by its bare name, whichever of its own it has.
pub(in crate::judge) fn cast_type(ty: &str) -> String {
    let bare = ty.split('(').next().unwrap_or_default().trim();
    let bare = bare.rsplit('.').next().unwrap_or_default();
    let lower = bare.trim_matches('"').to_ascii_lowercase();
    let known = match lower.as_str() {
        "int" | "int4" | "serial" => "integer",
        "int8" | "bigserial" => "bigint",
        "int2" => "smallint",
        "bool" => "boolean",
        "varchar" => "character varying",
        "decimal" => "numeric",
        "float8" => "double precision",
        "float4" => "real",
        "timestamptz" => "timestamp with time zone",
        "timestamp without time zone" => "timestamp",
        other => other,
    };
    known.to_owned()
}

/// The collation that a type or a domain is written with, in lower case.
pub(in crate::judge) fn collation(dialect: Dialect, text: &str) -> Option<String> {
    let name = crate::family::collation(dialect, text)?;
    Some(name.name.to_ascii_lowercase())
}

/// Whether a collation of PostgreSQL is one of the server's own: what a migration makes may take 'A' for 'a'.
/// (<https://www.postgresql.org/docs/15/collation.html#COLLATION-NONDETERMINISTIC>)
pub(in crate::judge) fn is_deterministic(collation: &str) -> bool {
    let language = collation.split(['.', '@']).next().unwrap_or_default();
    let of_system = matches!(
        language.as_bytes(),
        [_, _, b'_', _, _] | [_, _, _, b'_', _, _]
    );
    let own = ["c", "posix", "default", "ucs_basic", "unicode"];
    own.contains(&collation) || collation.ends_with("-x-icu") || of_system
}

/// Whether a value that is computed as this type is cast to that of its column as one that stood in a column would be.
pub(super) fn is_assigned(ty: &Type) -> bool {
    matches!(
        ty,
        Type::Int { .. }
            | Type::Decimal { .. }
            | Type::Float { .. }
            | Type::Date
            | Type::Timestamp { .. }
            | Type::Interval { .. }
            | Type::Text { .. }
            | Type::Json
            | Type::Array(_)
    )
}
