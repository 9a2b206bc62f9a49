//! What goes with an extension of PostgreSQL?

use super::dependants::Wanted;
use crate::act::Name;
use crate::judge::ledger::losses::Other;
use crate::judge::run::Run;
use crate::schema::{Extension, Table};
use crate::{Age, LossKind, Object, family};

/// What an extension brings that data can stand in.
struct Brought {
    name: &'static str,
    types: &'static [&'static str],
    tables: &'static [&'static str],
}

const fn types(name: &'static str, types: &'static [&'static str]) -> Brought {
    let tables = &[];
    Brought {
        name,
        types,
        tables,
    }
}

const fn nothing(name: &'static str) -> Brought {
    types(name, &[])
}

/// The extensions [of PostgreSQL itself](https://www.postgresql.org/docs/15/contrib.html) and a few others whose scripts were read.
/// A view is a type, too. Of any other extension nobody here knows what goes with it.
const BROUGHT: [Brought; 53] = [
    nothing("adminpack"),
    nothing("amcheck"),
    nothing("autoinc"),
    nothing("bloom"),
    nothing("btree_gin"),
    types(
        "btree_gist",
        &[
            "gbtreekey2",
            "gbtreekey4",
            "gbtreekey8",
            "gbtreekey16",
            "gbtreekey32",
            "gbtreekey_var",
        ],
    ),
    types("citext", &["citext"]),
    // `earthdistance` needs it, and goes with it.
    types("cube", &["cube", "earth"]),
    types("dblink", &["dblink_pkey_results"]),
    nothing("dict_int"),
    nothing("dict_xsyn"),
    types("earthdistance", &["earth"]),
    nothing("file_fdw"),
    nothing("fuzzystrmatch"),
    types("hstore", &["hstore", "ghstore"]),
    nothing("insert_username"),
    nothing("intagg"),
    types("intarray", &["query_int", "intbig_gkey"]),
    types(
        "isn",
        &[
            "ean13", "isbn13", "ismn13", "issn13", "isbn", "ismn", "issn", "upc",
        ],
    ),
    types("lo", &["lo"]),
    types("ltree", &["ltree", "lquery", "ltxtquery", "ltree_gist"]),
    nothing("moddatetime"),
    nothing("old_snapshot"),
    nothing("pageinspect"),
    types("pg_buffercache", &["pg_buffercache"]),
    nothing("pg_freespacemap"),
    nothing("pg_prewarm"),
    types(
        "pg_stat_statements",
        &["pg_stat_statements", "pg_stat_statements_info"],
    ),
    nothing("pg_surgery"),
    types("pg_trgm", &["gtrgm"]),
    nothing("pg_uuidv7"),
    nothing("pg_visibility"),
    nothing("pg_walinspect"),
    nothing("pgcrypto"),
    nothing("pgjwt"),
    nothing("pgrowlocks"),
    nothing("pgstattuple"),
    nothing("plpgsql"),
    nothing("postgres_fdw"),
    nothing("refint"),
    types("seg", &["seg", "gseg"]),
    nothing("sslinfo"),
    types(
        "tablefunc",
        &[
            "tablefunc_crosstab_2",
            "tablefunc_crosstab_3",
            "tablefunc_crosstab_4",
        ],
    ),
    nothing("tcn"),
    nothing("tsm_system_rows"),
    nothing("tsm_system_time"),
    nothing("unaccent"),
    nothing("uuid-ossp"),
    types("vector", &["vector", "halfvec", "sparsevec"]),
    nothing("xml2"),
    // Applications add reference systems and jobs of their own.
    Brought {
        name: "postgis",
        types: &[
            "geometry",
            "geography",
            "box2d",
            "box2df",
            "box3d",
            "gidx",
            "spheroid",
            "geometry_dump",
            "valid_detail",
            "raster",
        ],
        tables: &["spatial_ref_sys"],
    },
    Brought {
        name: "pg_cron",
        types: &[],
        tables: &["cron.job", "cron.job_run_details"],
    },
    Brought {
        name: "pg_partman",
        types: &["check_default_table"],
        tables: &["part_config", "part_config_sub"],
    },
];

impl Run<'_> {
    pub(in crate::judge) fn create_extension(
        &mut self,
        name: &str,
        if_not_exists: bool,
        schema: Option<&str>,
    ) {
        if self.schema.extensions.contains_key(&name.to_owned()) {
            if !if_not_exists {
                self.exists(&Name::plain(name));
            }
            return;
        }
        let id = self.schema.fresh();
        self.ledger.created.add(id);
        let path = self.settings.path.iter().map(String::as_str);
        let path = { path }.find(|schema| !schema.is_empty() && !schema.starts_with('$'));
        let made = Extension {
            id,
            new: !if_not_exists || self.schema.is_complete(),
            schema: schema.or(path).map(str::to_owned),
            grown: false,
        };
        self.schema.extensions.insert(name.to_owned(), made);
    }

    /// `ALTER EXTENSION … ADD`.
    pub(in crate::judge) fn grow_extension(&mut self, name: &str) {
        let id = self.schema.fresh();
        let made = self.schema.extensions.remove(&name.to_owned());
        let made = Extension {
            grown: true,
            ..made.unwrap_or(Extension {
                id,
                new: false,
                schema: None,
                grown: true,
            })
        };
        self.schema.extensions.insert(name.to_owned(), made);
    }

    /// The extensions that were put into a schema go with it.
    pub(in crate::judge) fn drop_extensions_in(&mut self, schema: &str) {
        let all = self.schema.extensions.iter();
        let inside = all.filter(|(_, own)| own.schema.as_deref() == Some(schema));
        let inside: Vec<String> = inside.map(|(name, _)| name.clone()).collect();
        for name in inside {
            let made = self.schema.extensions.remove(&name);
            self.drop_extension(&name, made.as_ref(), true);
        }
    }

    /// `DROP EXTENSION`, which this direction or a migration before it may have made.
    pub(in crate::judge) fn drop_extension(
        &mut self,
        name: &str,
        made: Option<&Extension>,
        cascade: bool,
    ) {
        let Some(brought) = known(name).filter(|_| made.is_none_or(|own| !own.grown)) else {
            self.unknown(format!("what the extension {name} keeps is not known"));
            return;
        };
        for table in brought.tables {
            self.drop_table_of(table, made);
        }
        if !cascade {
            return;
        }
        for ty in brought.types {
            self.drop_all_of(&Wanted::Called((*ty).to_owned()));
        }
        let calls = |table: &Table| {
            let text = table.text.as_deref();
            text.is_some_and(|text| !family::called_in_partition_key(self.dialect, text).is_empty())
        };
        let may_divide = self
            .each(4, self.schema.tables.values())
            .any(|table| calls(table));
        if may_divide {
            self.unknown(format!(
                "whether a table is partitioned by a function of {name} is not known"
            ));
        }
        if let Some(other) = self.unknown_extension() {
            self.unknown(format!(
                "whether the extension {other} needs {name} is not known"
            ));
        }
        let told = match self.schema.is_complete() {
            true => !self.has_untold(made.map(|own| own.id)),
            false => made.is_some_and(|own| own.new),
        };
        if !told && !brought.types.is_empty() {
            self.unknown(format!(
                "which columns depend on the extension {name} is not known"
            ));
        }
    }

    /// One that may need others.
    fn unknown_extension(&self) -> Option<String> {
        let mut names = self.schema.extensions.keys();
        names.find(|name| known(name).is_none()).cloned()
    }

    /// A table that the extension brought goes, with what was written to it.
    fn drop_table_of(&mut self, table: &str, made: Option<&Extension>) {
        let is_new = made.is_some_and(|own| own.new);
        if is_new && made.is_some_and(|own| self.ledger.created.contains(&own.id)) {
            return;
        }
        let (schema, table) = match table.split_once('.') {
            Some((schema, table)) => (Some(schema.to_owned()), table),
            None => (None, table),
        };
        let object = Object {
            schema,
            table: table.to_owned(),
            column: None,
        };
        let age = match is_new && made.is_some_and(|own| self.born.contains(&own.id)) {
            true => Age::SinceUp,
            false => Age::Older,
        };
        let cause = self.cause(LossKind::DropTable);
        self.others.push(Other { object, age, cause });
    }
}

fn known(name: &str) -> Option<&'static Brought> {
    BROUGHT.iter().find(|brought| brought.name == name)
}
