//! What do the settings of a session say to the statements that follow, and for how long?
//!
//! PostgreSQL sets for the session or for the transaction: <https://www.postgresql.org/docs/15/sql-set.html>. What is set behind a
//! condition, or in a block whose error is handled, may hold afterwards or not, and so may what was set for a transaction that the
//! script ends: Onward runs the script as one transaction, where others end it.

use crate::Dialect;
use crate::act::{Act, Assigned, SETTINGS, WRITES};
use crate::judge::run::Run;
use crate::schema::Schema;

/// What is set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Settings {
    /// The schemas in which unqualified names are looked up.
    pub(crate) path: Vec<String>,
    /// Where else that may be.
    pub(in crate::judge) elsewhere: Vec<Vec<String>>,
    pub(in crate::judge) replicates: Replicates,
    /// Whether somebody else may act than who migrates, for whom row security may hold although it does not for an owner.
    pub(in crate::judge) acts_as_other: bool,
    /// How often the path was set for the session.
    paths: u32,
}

/// Whether the session only replicates, so that most triggers are silent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::judge) enum Replicates {
    No,
    Perhaps,
    Surely,
}

impl Settings {
    /// Those of a session that begins.
    pub(in crate::judge) fn of(schema: &Schema) -> Settings {
        Settings {
            path: Vec::new(),
            elsewhere: schema.later_paths.clone(),
            replicates: match schema.later_replicates {
                true => Replicates::Perhaps,
                false => Replicates::No,
            },
            acts_as_other: false,
            paths: 0,
        }
    }

    /// Whether nobody knows which path holds.
    pub(in crate::judge) fn doubts_path(&self) -> bool {
        !self.elsewhere.is_empty()
    }

    /// These hold, or others do.
    fn or(&mut self, others: &Settings) {
        if self.path != others.path && !self.elsewhere.contains(&others.path) {
            self.elsewhere.push(others.path.clone());
        }
        for path in &others.elsewhere {
            if !self.elsewhere.contains(path) {
                self.elsewhere.push(path.clone());
            }
        }
        if self.replicates != others.replicates {
            self.replicates = Replicates::Perhaps;
        }
        self.acts_as_other |= others.acts_as_other;
    }

    fn look_in(&mut self, path: &[String], schema: &Schema) {
        let begins = |schema: &String| schema.eq_ignore_ascii_case("default");
        self.path = path.to_vec();
        self.elsewhere = match path.iter().all(begins) {
            true => schema.later_paths.clone(),
            false => Vec::new(),
        };
        self.paths += 1;
    }
}

impl Run<'_> {
    /// Something is set.
    pub(in crate::judge) fn set(&mut self, act: &Act) {
        match act {
            Act::Local(act) => {
                let afterwards = self.afterwards.clone();
                let afterwards = afterwards.unwrap_or_else(|| self.settings.clone());
                self.set(act);
                self.settings.paths = afterwards.paths;
                self.afterwards = Some(afterwards);
            }
            Act::LaterPath(path) => self.schema.later_paths.push(path.clone()),
            Act::LaterReplicates => self.schema.later_replicates = true,
            act => {
                if let Act::SearchPath(path) = act {
                    self.schema.looked_elsewhere |= path.iter().any(|schema| is_own(schema));
                    if self.settings.path != *path {
                        self.loosen_all_bound();
                    }
                }
                let afterwards = self.afterwards.as_mut();
                for settings in afterwards.into_iter().chain([&mut self.settings]) {
                    set(settings, act, &self.schema);
                }
                self.mind_replication();
            }
        }
    }

    /// What was set since these held may hold or not.
    pub(in crate::judge) fn set_perhaps(&mut self, before: &Settings) {
        if self.settings != *before {
            self.settings.or(before);
            self.mind_replication();
        }
    }

    /// A transaction has ended, and with it perhaps what was set for it alone.
    pub(in crate::judge) fn end_settings(&mut self) {
        if let Some(mut settings) = self.afterwards.take() {
            settings.or(&self.settings);
            self.settings = settings;
            self.mind_replication();
        }
        for name in WRITES.into_iter().chain([SETTINGS]) {
            if self.assigned.contains_key(name) {
                self.assign(&[Assigned::anew(name.to_owned())]);
            }
        }
    }

    /// What runs looks names up there; what it sets for the session stays.
    pub(in crate::judge) fn under_path(&mut self, path: &[String], run: impl FnOnce(&mut Self)) {
        let outer = self.settings.clone();
        self.settings.path = path.to_vec();
        self.settings.elsewhere.clear();
        run(self);
        if self.settings.paths == outer.paths {
            (self.settings.path, self.settings.elsewhere) = (outer.path, outer.elsewhere);
        }
    }

    /// What was made under that path is asked, as far as anybody knows it; what it calls looks names up where it is called.
    pub(in crate::judge) fn as_made<T>(
        &mut self,
        path: Option<&[String]>,
        run: impl FnOnce(&mut Self) -> T,
    ) -> T {
        if self.dialect != Dialect::Postgres {
            return run(self);
        }
        let Some(path) = path else {
            let reason = "where the names in a view were looked up when it was made is not known";
            self.unknown(reason.to_owned());
            return run(self);
        };
        let asks = self.settings.clone();
        self.settings.path = path.to_vec();
        self.settings.elsewhere.clear();
        let outer = self.asks.replace(asks.clone());
        let done = run(self);
        self.asks = outer;
        if self.settings.paths == asks.paths {
            (self.settings.path, self.settings.elsewhere) = (asks.path, asks.elsewhere);
        }
        done
    }

    /// A name that may mean another thing, as nobody knows where it is looked up, was asked for.
    pub(in crate::judge) fn mind_paths(&mut self) {
        let Some((name, other)) = self.doubted.get_mut().take() else {
            return;
        };
        let name = &name.name;
        let schema = other.schema.as_deref().unwrap_or("public");
        self.unknown(format!(
            "whether {name} is {schema}.{name} is not known, as the search path may be another one"
        ));
    }

    fn mind_replication(&mut self) {
        if self.dialect == Dialect::Postgres {
            self.foreign_keys = self.settings.replicates != Replicates::Surely;
            self.doubts_keys = self.settings.replicates == Replicates::Perhaps;
        }
    }
}

/// Whether it is a schema that somebody made, and not where sessions look anyway.
pub(in crate::judge) fn is_own(schema: &str) -> bool {
    let usual = ["", "public", "$user", "default"];
    !usual.iter().any(|usual| schema.eq_ignore_ascii_case(usual))
}

fn set(settings: &mut Settings, act: &Act, schema: &Schema) {
    match act {
        Act::SearchPath(path) => settings.look_in(path, schema),
        Act::Replicates(true) => settings.replicates = Replicates::Surely,
        Act::Replicates(false) => settings.replicates = Replicates::No,
        Act::ActsAs { other } => settings.acts_as_other = *other,
        Act::ResetSession => {
            let paths = settings.paths + 1;
            let acts_as_other = settings.acts_as_other;
            *settings = Settings {
                paths,
                acts_as_other,
                ..Settings::of(schema)
            };
        }
        _ => {}
    }
}
