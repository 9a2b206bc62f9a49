//! What does a statement take away or write anew, of all that can refer to a table?

use onward_analysis::lex::{Kind, Words, unquoted};
use onward_analysis::{Dialect, Object};

/// One thing that a statement drops or defines anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) kind: &'static str,
    pub(super) name: Name,
    /// The table that it is said to belong to.
    pub(super) on: Option<Name>,
}

/// A name, with its schema where one is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Name {
    pub(super) schema: Option<String>,
    pub(super) name: String,
    /// The types of a routine's arguments, where they are written.
    pub(super) takes: Option<Vec<String>>,
}

impl Name {
    pub(super) fn plain(name: &str) -> Name {
        Name {
            schema: None,
            name: name.to_owned(),
            takes: None,
        }
    }

    /// The name of the table of `object`.
    pub(super) fn of(object: &Object) -> Name {
        Name {
            schema: object.schema.clone(),
            ..Name::plain(&object.table)
        }
    }
}

/// The kinds, by the word that a statement has for each.
const KINDS: [(&str, &str); 11] = [
    ("view", "view"),
    ("trigger", "trigger"),
    ("policy", "policy"),
    ("event", "event"),
    ("function", "routine"),
    ("procedure", "routine"),
    ("routine", "routine"),
    ("index", "index"),
    ("table", "virtual table"),
    ("publication", "publication"),
    ("subscription", "subscription"),
];

/// What one statement takes away or writes anew. A name that it only uses is none of them.
pub(super) fn targets(dialect: Dialect, sql: &str) -> Vec<Target> {
    let words = Named(Words::of(dialect, sql));
    let of_kind = |at: usize| {
        let mut kinds = KINDS.iter();
        kinds
            .find(|(word, _)| words.is(at, word))
            .map(|(_, kind)| *kind)
    };
    let first_kind = || (1..words.tokens.len()).find_map(|at| Some((at, of_kind(at)?)));
    match words.word(0).as_str() {
        "drop" => {
            let at = 1 + usize::from(words.is(1, "materialized"));
            of_kind(at).map_or_else(Vec::new, |kind| words.dropped(at + 1, kind))
        }
        "create" if words.is(1, "or") && words.is(2, "replace") => {
            first_kind().map_or_else(Vec::new, |(at, kind)| words.made(at + 1, kind))
        }
        "alter" if words.is(1, "table") => words.constraints(),
        "alter" => {
            let Some((at, kind)) = first_kind() else {
                return Vec::new();
            };
            let anew: &[&str] = match kind {
                "view" => &["as"],
                "event" => &["do", "disable"],
                "policy" => &["using", "check"],
                "publication" => &["drop", "set"],
                _ => &[],
            };
            let is_anew =
                (at..words.tokens.len()).any(|at| anew.iter().any(|word| words.is(at, word)));
            if is_anew {
                words.made(at + 1, kind)
            } else {
                Vec::new()
            }
        }
        _ => Vec::new(),
    }
}

/// The name that a catalog shows, as PostgreSQL writes it in SQL.
pub(super) fn name(shown: &str) -> Option<Name> {
    Named(Words::of(Dialect::Postgres, shown))
        .name(0)
        .map(|(name, _)| name)
}

/// The words of a statement, as far as they name what it is about.
struct Named<'s>(Words<'s>);

impl<'s> std::ops::Deref for Named<'s> {
    type Target = Words<'s>;

    fn deref(&self) -> &Words<'s> {
        &self.0
    }
}

impl Named<'_> {
    /// What follows DROP and a kind: a list of names, of which a trigger and a policy have but one.
    fn dropped(&self, at: usize, kind: &'static str) -> Vec<Target> {
        let mut at = at + usize::from(self.is(at, "concurrently"));
        at += if self.is(at, "if") { 2 } else { 0 };
        let mut found = Vec::new();
        while let Some((name, end)) = self.name(at) {
            let on = self.is(end, "on").then(|| self.name(end + 1)).flatten();
            let on = on.map(|(on, _)| on);
            found.push(Target { kind, name, on });
            if !self.sign(end, ",") {
                break;
            }
            at = end + 1;
        }
        found
    }

    /// What follows CREATE OR REPLACE, or ALTER, and a kind.
    fn made(&self, at: usize, kind: &'static str) -> Vec<Target> {
        let at = at + if self.is(at, "if") { 3 } else { 0 };
        let Some((name, end)) = self.name(at) else {
            return Vec::new();
        };
        let belongs = matches!(kind, "trigger" | "policy");
        let on = (end..self.tokens.len()).find(|at| belongs && self.is(*at, "on"));
        let on = on.and_then(|at| self.name(at + 1)).map(|(on, _)| on);
        vec![Target { kind, name, on }]
    }

    /// `ALTER TABLE t DROP CONSTRAINT c`, `DROP FOREIGN KEY c`.
    fn constraints(&self) -> Vec<Target> {
        let mut at = 2 + if self.is(2, "if") { 2 } else { 0 };
        at += usize::from(self.is(at, "only"));
        let Some((on, _)) = self.name(at) else {
            return Vec::new();
        };
        let drops = (at..self.tokens.len()).filter(|at| self.is(*at, "drop"));
        let names = drops.filter_map(|at| {
            let named = match (self.is(at + 1, "constraint"), self.is(at + 2, "key")) {
                (true, _) => at + 2,
                (_, true) if self.is(at + 1, "foreign") => at + 3,
                _ => return None,
            };
            self.name(named + if self.is(named, "if") { 2 } else { 0 })
        });
        let targets = names.map(|(name, _)| Target {
            kind: "foreign key",
            name,
            on: Some(on.clone()),
        });
        let columns = (at..self.tokens.len()).filter_map(|at| self.altered(at));
        let columns = columns.map(|name| Target {
            kind: "column",
            name,
            on: Some(on.clone()),
        });
        targets.chain(columns).collect()
    }

    /// The column whose type or default is another one from then on, or that is gone: `ALTER c DROP DEFAULT`, `MODIFY c int`, `DROP c`.
    fn altered(&self, at: usize) -> Option<Name> {
        let named = at + 1 + usize::from(self.is(at + 1, "column"));
        let does = named + 1;
        let alters = self.is(at, "alter")
            && (self.is(does + 1, "default") || self.is(does, "type") || self.is(does + 1, "data"));
        let others = ["modify", "change"].iter().any(|word| self.is(at, word));
        let others_drop = [
            "constraint",
            "default",
            "not",
            "primary",
            "foreign",
            "index",
            "key",
            "check",
            "expression",
            "identity",
        ];
        let drops = self.is(at, "drop")
            && (named > at + 1 || !others_drop.iter().any(|word| self.is(named, word)));
        let is_part = self.sign(at.checked_sub(1)?, ",") || at > 2 && !self.sign(at - 1, ".");
        let named = named + if self.is(named, "if") { 2 } else { 0 };
        (is_part && (alters || others || drops))
            .then(|| self.name(named))
            .flatten()
            .map(|(name, _)| name)
    }

    /// The name that begins there, and where it ends.
    fn name(&self, at: usize) -> Option<(Name, usize)> {
        let mut last = at;
        self.plain(last)?;
        while self.sign(last + 1, ".") && self.plain(last + 2).is_some() {
            last += 2;
        }
        let takes = self.sign(last + 1, "(").then(|| self.arguments(last + 2));
        let end = takes.as_ref().map_or(last + 1, |(_, end)| *end);
        let name = Name {
            schema: (last > at).then(|| self.plain(last - 2)).flatten(),
            name: self.plain(last)?,
            takes: takes.map(|(takes, _)| takes),
        };
        Some((name, end))
    }

    /// The types in the parentheses that opened before, and where these end.
    fn arguments(&self, from: usize) -> (Vec<String>, usize) {
        let mut depth = 0_usize;
        let mut list: Vec<Vec<String>> = vec![Vec::new()];
        let mut at = from;
        while at < self.tokens.len() && !(depth == 0 && self.sign(at, ")")) {
            let nested = depth > 0 || self.sign(at, "(");
            depth += usize::from(self.sign(at, "("));
            depth -= usize::from(self.sign(at, ")"));
            if self.sign(at, ",") && depth == 0 {
                list.push(Vec::new());
            } else if let (false, Some(words)) = (nested, list.last_mut()) {
                let text = self.tokens[at].text(self.sql);
                words.push(text.replace(['"', '`'], "").to_lowercase());
            }
            at += 1;
        }
        list.retain(|words| !words.is_empty());
        (list.iter().map(|words| kind(words)).collect(), at + 1)
    }

    /// The name at that place as the database knows it.
    fn plain(&self, at: usize) -> Option<String> {
        let token = self.tokens.get(at)?;
        let text = token.text(self.sql);
        match token.kind {
            Kind::Word if self.dialect == Dialect::Postgres => Some(text.to_lowercase()),
            Kind::Word => Some(text.to_owned()),
            Kind::Quoted => Some(unquoted(text)),
            _ => None,
        }
    }
}

/// What an argument is, as the catalog names types (<https://www.postgresql.org/docs/current/datatype.html>), with its name before it.
fn kind(words: &[String]) -> String {
    let end = words
        .iter()
        .position(|word| word == "default" || word == "=" || word == ":=");
    let words = &words[..end.unwrap_or(words.len())];
    let Some((last, before)) = words.split_last() else {
        return String::new();
    };
    let last = match last.as_str() {
        "int" | "int4" => "integer",
        "int8" => "bigint",
        "int2" => "smallint",
        "bool" => "boolean",
        "varchar" => "character varying",
        "char" => "character",
        "decimal" => "numeric",
        "float4" => "real",
        "float" | "float8" => "double precision",
        "timestamptz" => "timestamp with time zone",
        "timestamp" => "timestamp without time zone",
        "timetz" => "time with time zone",
        "time" => "time without time zone",
        other => other,
    };
    let all = before.iter().map(String::as_str).chain([last]);
    all.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each as `kind schema.name on schema.table`.
    fn shown(dialect: Dialect, sql: &str) -> Vec<String> {
        let name = |name: &Name| {
            let schema = name
                .schema
                .as_ref()
                .map_or(String::new(), |schema| format!("{schema}."));
            let takes = name
                .takes
                .as_ref()
                .map_or(String::new(), |takes| format!("({})", takes.join(",")));
            format!("{schema}{}{takes}", name.name)
        };
        let targets = targets(dialect, sql);
        let shown = targets.iter().map(|target| {
            let on = target
                .on
                .as_ref()
                .map_or(String::new(), |on| format!(" on {}", name(on)));
            format!("{} {}{on}", target.kind, name(&target.name))
        });
        shown.collect()
    }

    #[test]
    fn what_a_statement_takes_or_writes_anew() {
        for (sql, all) in [
            (
                "DROP VIEW IF EXISTS b.\"My view\", c CASCADE",
                &["view b.My view", "view c"][..],
            ),
            ("DROP MATERIALIZED VIEW m", &["view m"]),
            ("DROP TRIGGER Ring ON b.users", &["trigger ring on b.users"]),
            (
                "CREATE OR REPLACE TRIGGER ring AFTER UPDATE OF a ON users EXECUTE FUNCTION f()",
                &["trigger ring on users"],
            ),
            (
                "ALTER POLICY p ON users USING (true)",
                &["policy p on users"],
            ),
            (
                "ALTER TABLE ONLY b.bills DROP CONSTRAINT IF EXISTS c, DROP COLUMN d",
                &["foreign key c on b.bills", "column d on b.bills"],
            ),
            (
                "DROP FUNCTION g(a numeric(4, 2), int), f",
                &["routine g(a numeric,integer)", "routine f"],
            ),
            (
                "CREATE OR REPLACE FUNCTION f(a varchar(20), b int8 DEFAULT 1) RETURNS int",
                &["routine f(a character varying,b bigint)"],
            ),
            ("ALTER PUBLICATION p DROP TABLE users", &["publication p"]),
            // They only use it, or leave it as it is.
            (
                "CREATE OR REPLACE VIEW other AS SELECT * FROM calls",
                &["view other"],
            ),
            ("ALTER FUNCTION f() OWNER TO ada", &[]),
            ("ALTER TRIGGER ring ON users RENAME TO rang", &[]),
            ("ALTER VIEW v RENAME TO w", &[]),
            (
                "ALTER TABLE users DROP COLUMN phone",
                &["column phone on users"],
            ),
            (
                "ALTER TABLE t ALTER a TYPE int, ALTER COLUMN b DROP DEFAULT, ALTER c SET NOT NULL",
                &["column a on t", "column b on t"],
            ),
        ] {
            assert_eq!(shown(Dialect::Postgres, sql), all, "{sql}");
        }
        for (sql, all) in [
            (
                "DROP EVENT IF EXISTS `a b`.nightly",
                &["event a b.nightly"][..],
            ),
            ("ALTER EVENT nightly DISABLE", &["event nightly"]),
            ("ALTER EVENT nightly COMMENT 'x'", &[]),
            ("ALTER ALGORITHM = MERGE VIEW v AS SELECT 1", &["view v"]),
            (
                "CREATE OR REPLACE DEFINER = `me`@`here` SQL SECURITY INVOKER VIEW s.v AS SELECT 1",
                &["view s.v"],
            ),
            (
                "CREATE OR REPLACE TRIGGER ring BEFORE INSERT ON users FOR EACH ROW SET @a = 1",
                &["trigger ring on users"],
            ),
            (
                "ALTER TABLE bills DROP FOREIGN KEY c",
                &["foreign key c on bills"],
            ),
        ] {
            assert_eq!(shown(Dialect::MySql, sql), all, "{sql}");
        }
    }
}
