//! What did the migrations before this one build?
//!
//! An item is expanded alone, so the macro reads its crate: from the root it follows the modules, reads the migrations in them
//! with the code that expands them too, and has them checked one after the other, once for the whole crate. What cannot be
//! seen so is never guessed: then an item is judged on an unknown schema.

mod items;
mod modules;

use std::collections::{BTreeSet, HashMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use onward_analysis::check::{Checked, Style};
use onward_analysis::sequence::{Member, Sequence};
use onward_analysis::{Entry, Lock, Version};

use crate::project::{Project, Stamp, shown, stamp};
use crate::valid::Migration;
use modules::Tree;

/// What the check of a migration finds, and what must hold for it to be compiled, as far as its crate can be seen.
pub(crate) type Found = (Checked, BTreeSet<String>);

/// What the check of an item finds on the schema that the migrations before it in its crate built; on an unknown one where they
/// cannot be seen. None where the analysis fails.
pub(crate) fn check(migration: &Migration, project: &Project) -> Option<Found> {
    let own = migration.member();
    // A defect of the analysis must not look like one of the compiler.
    let checked = || {
        let alone = || Some((alone(&own, project)?, BTreeSet::new()));
        within(&own, project).or_else(alone)
    };
    catch_unwind(AssertUnwindSafe(checked)).ok().flatten()
}

/// What it finds of the item by itself. What is unknown then may be so for that alone, which nobody would guess.
fn alone(own: &Member, project: &Project) -> Option<Checked> {
    let mut checked = Sequence::open(vec![own.clone()]).check(own)?;
    if let Some(why) = asked(project, |read| read.blindness(own)) {
        for finding in &mut checked.findings {
            if ["unknown_up", "unknown_down"].contains(&finding.rule) {
                finding.help.push(why.clone());
            }
        }
    }
    Some(checked)
}

/// The same for the migrations of a folder, in version order. Where the crate has items too, they share its schema; else the
/// folder's migrations have the database for themselves.
pub(crate) fn check_folder(migrations: &[Migration], project: &Project) -> Vec<Option<Found>> {
    let members: Vec<Member> = migrations.iter().map(Migration::member).collect();
    let shares = members
        .first()
        .is_some_and(|first| shares_with_items(first, project));
    let mut alone = Sequence::closed(if shares { Vec::new() } else { members.clone() });
    let mut check = |own: &Member| match shares {
        true => within(own, project),
        false => alone.check(own).map(|checked| (checked, BTreeSet::new())),
    };
    members
        .iter()
        .map(|own| catch_unwind(AssertUnwindSafe(|| check(own))).ok().flatten())
        .collect()
}

fn within(own: &Member, project: &Project) -> Option<Found> {
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
    /// From which version on one that comes before cannot be seen, and why not.
    unseen: Option<(Version, String)>,
    /// What was read.
    files: HashMap<PathBuf, Stamp>,
    /// When the files were last looked at.
    looked: Instant,
}

impl Crate {
    fn read(root: &Path, project: &Project) -> Crate {
        let mut tree = Tree::read(root, project);
        let lock_file = project.dir.join(Lock::FILE);
        let stamp_of_lock = stamp(&lock_file);
        tree.files.insert(lock_file, stamp_of_lock);
        let seen: HashSet<Version> = tree.members.iter().map(|member| member.version).collect();
        let lock = project.files.lock.as_ref().ok().and_then(Option::as_ref);
        let mut locked = lock.into_iter().flat_map(|lock| &lock.entries);
        let unseen = match &tree.hides {
            Some(file) => Some((Version::new(0), hidden(file))),
            None => {
                let lost = locked.find(|entry| !seen.contains(&entry.version));
                lost.map(|entry| (entry.version, lost_sight_of(entry)))
            }
        };
        Crate {
            sequence: Sequence::open(tree.members),
            unseen,
            files: tree.files,
            looked: Instant::now(),
        }
    }

    fn check(&mut self, own: &Member) -> Option<Found> {
        match self.blindness(own) {
            Some(_) => None,
            None => Some((self.sequence.check(own)?, self.sequence.conditions(own))),
        }
    }

    /// Why nothing is known of what was built before `own`; none where something is.
    fn blindness(&self, own: &Member) -> Option<String> {
        let (from, why) = self.unseen.as_ref()?;
        (*from <= own.version).then(|| why.clone())
    }

    fn is_current(&mut self) -> bool {
        if self.looked.elapsed() < FRESH {
            return true;
        }
        self.looked = Instant::now();
        self.files.iter().all(|(path, then)| stamp(path) == *then)
    }
}

fn hidden(file: &Path) -> String {
    format!(
        "it is judged alone: a migration in {} cannot be read where it stands (another macro makes it, a `cfg_attr`, or it has a \
         mistake)",
        shown(file)
    )
}

fn lost_sight_of(entry: &Entry) -> String {
    format!(
        "it is judged alone: version {} ({}) of migrations.lock is not found in this crate; if it was deleted, delete its line there",
        entry.version, entry.name
    )
}
