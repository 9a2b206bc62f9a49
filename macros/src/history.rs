//! What did the migrations before this one build?
//!
//! An item is expanded alone, so the macro reads its crate: from the root it follows the modules, reads the migrations in them
//! with the code that expands them too, and has them checked one after the other, once for the whole crate. What cannot be
//! seen so is never guessed: then an item is judged on an unknown schema.

mod items;
mod modules;

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use onward_analysis::Version;
use onward_analysis::check::{Checked, Style};
use onward_analysis::sequence::{Member, Sequence};

use crate::project::{Project, Stamp, stamp};
use crate::valid::Migration;
use modules::Tree;

/// What the check of an item finds on the schema that the migrations before it in its crate built; on an unknown one where they
/// cannot be seen. None where the analysis fails.
pub(crate) fn check(migration: &Migration, project: &Project) -> Option<Checked> {
    let own = migration.member();
    // A defect of the analysis must not look like one of the compiler.
    let checked =
        || within(&own, project).or_else(|| Sequence::open(vec![own.clone()]).check(&own));
    catch_unwind(AssertUnwindSafe(checked)).ok().flatten()
}

/// The same for the migrations of a folder, in version order. Where the crate has items too, they share its schema; else the
/// folder's migrations have the database for themselves.
pub(crate) fn check_folder(migrations: &[Migration], project: &Project) -> Vec<Option<Checked>> {
    let members: Vec<Member> = migrations.iter().map(Migration::member).collect();
    let shares = members
        .first()
        .is_some_and(|first| shares_with_items(first, project));
    let mut alone = Sequence::closed(if shares { Vec::new() } else { members.clone() });
    let mut check = |own: &Member| match shares {
        true => within(own, project),
        false => alone.check(own),
    };
    members
        .iter()
        .map(|own| catch_unwind(AssertUnwindSafe(|| check(own))).ok().flatten())
        .collect()
}

fn within(own: &Member, project: &Project) -> Option<Checked> {
    asked(project, |read| read.check(own))
}

fn shares_with_items(own: &Member, project: &Project) -> bool {
    let is_item = |member: &Member| member.style == Style::Attribute;
    let found = asked(project, |read| {
        let members = read.sequence.members();
        let is_there = |one: &Member| (one.version, &one.name) == (own.version, &own.name);
        members
            .iter()
            .any(is_there)
            .then(|| members.iter().any(is_item))
    });
    found.unwrap_or_default()
}

/// The first answer of a crate that this may be part of.
fn asked<T>(project: &Project, mut question: impl FnMut(&mut Crate) -> Option<T>) -> Option<T> {
    let mut read = READ.lock().unwrap_or_else(PoisonError::into_inner);
    let read = read.get_or_insert_default();
    modules::roots(&project.dir).into_iter().find_map(|root| {
        if !read.get_mut(&root).is_some_and(Crate::is_current) {
            read.insert(root.clone(), Crate::read(&root, project));
        }
        question(read.get_mut(&root)?)
    })
}

/// The crates that this process has read, by their roots: one, but in an editor.
static READ: Mutex<Option<HashMap<PathBuf, Crate>>> = Mutex::new(None);

/// How long files are taken to be as they were: a compiler reads them once, an editor lives for days.
const FRESH: Duration = Duration::from_secs(1);

/// A crate's migrations, as far as they can be seen.
struct Crate {
    sequence: Sequence,
    /// The first version from which on one that comes before cannot be seen.
    unseen: Option<Version>,
    /// What was read.
    files: Vec<(PathBuf, Stamp)>,
    /// When the files were last looked at.
    looked: Instant,
}

impl Crate {
    fn read(root: &Path, project: &Project) -> Crate {
        let tree = Tree::read(root, project);
        let sees = |version: Version| tree.members.iter().any(|one| one.version == version);
        let lock = project.files.lock.as_ref().ok().and_then(Option::as_ref);
        let mut locked = lock.into_iter().flat_map(|lock| &lock.entries);
        let unseen = match tree.hides {
            true => Some(Version::new(0)),
            false => locked
                .find(|entry| !sees(entry.version))
                .map(|entry| entry.version),
        };
        Crate {
            sequence: Sequence::open(tree.members),
            unseen,
            files: tree.files,
            looked: Instant::now(),
        }
    }

    fn check(&mut self, own: &Member) -> Option<Checked> {
        match self.unseen {
            Some(unseen) if unseen <= own.version => None,
            _ => self.sequence.check(own),
        }
    }

    fn is_current(&mut self) -> bool {
        if self.looked.elapsed() < FRESH {
            return true;
        }
        self.looked = Instant::now();
        self.files.iter().all(|(path, then)| stamp(path) == *then)
    }
}
