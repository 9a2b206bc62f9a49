//! Do the consumers that `onward.toml` declares name what the migrations make?

use std::collections::BTreeSet;

use onward_analysis::check::Style;
use onward_analysis::sequence::{Member, Text};
use onward_analysis::{Config, Dialect, Marks, Version, rules};

use crate::source::{self, Source};

/// A sentence for each table and column that seems to be misspelt: it is not there after the last of `sources`, and one much like it
/// is. A consumer by another name answers for nobody.
pub(crate) fn misspelt(sources: &[Source], dialect: Dialect, config: &Config) -> Vec<String> {
    let last = sources.iter().map(|source| source.version.number()).max();
    let named = config.consumers.iter().flat_map(|consumer| {
        let objects = consumer.objects.iter();
        objects.map(move |object| (consumer, object))
    });
    let named = named.filter(|(_, object)| !is_schema_and_table(object, sources));
    let probes: Vec<_> = named
        .zip(last.unwrap_or_default() + 1..)
        .map(|((consumer, object), version)| (consumer, object, asking(object, version, dialect)))
        .collect();
    let members = probes.iter().map(|(_, _, probe)| probe.clone());
    let mut sequence = source::sequence_before(sources, &[dialect], members.collect());
    let told = probes.iter().filter_map(|(consumer, object, probe)| {
        let checked = sequence.check(probe)?;
        let missed = checked.findings.iter();
        let mut missed = missed.filter(|finding| finding.rule == rules::CANNOT_RUN);
        let meant = missed.next()?.help.first()?.clone();
        Some(format!(
            "{}: the consumer `{}` {} `{object}`, and that is not there after the last migration: {meant}",
            Config::FILE,
            consumer.name,
            consumer.verb
        ))
    });
    told.collect()
}

/// Two words may be a schema and its table, which the migrations call so themselves.
fn is_schema_and_table(object: &str, sources: &[Source]) -> bool {
    let files = sources.iter().filter_map(|source| source.up.as_ref());
    let mut texts = files.map(|file| &file.text);
    object.split('.').count() == 2 && texts.any(|text| text.contains(object))
}

/// A query for `object` behind all migrations: whether it can run is told as of any other.
fn asking(object: &str, version: i64, dialect: Dialect) -> Member {
    let parts: Vec<&str> = object.split('.').collect();
    let sql = match parts.as_slice() {
        [table] => format!("SELECT 1 FROM {table}"),
        [table, column] => format!("SELECT {column} FROM {table}"),
        [schema, table, column, ..] => format!("SELECT {column} FROM {schema}.{table}"),
        [] => String::new(),
    };
    Member {
        version: Version::new(version),
        name: String::new(),
        up: Text::Sql(sql),
        down: None,
        marks: Marks::default(),
        style: Style::Attribute,
        dialects: vec![dialect],
        only: Vec::new(),
        conditions: BTreeSet::new(),
        file: String::new(),
    }
}
