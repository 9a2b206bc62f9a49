//! `#[derive(Migration)]` and `#[migration]` on an `async fn`: parse, validate, expand.

use std::path::Path;

use proc_macro2::{Span, TokenStream};
use quote::quote;

use crate::attribute;
use crate::complete::completion;
use crate::errors::Errors;
use crate::expand;
use crate::history;
use crate::item::{self, Item, Kind};
use crate::judge::judge;
use crate::project::Project;
use crate::record::{hold_against_lock, record};
use crate::valid::{self, Migration};

/// `#[derive(Migration)]`: the impl and the registration, beside whatever is wrong.
pub(crate) fn derive(input: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let Some(item) = item::read(input) else {
        return TokenStream::new();
    };
    let Expanded {
        migration,
        registered,
        beside,
    } = expand(&item, &mut errors);
    let implementation = match item.kind {
        Kind::UnitStruct => expand::implementation(&item.name, migration.as_ref(), registered),
        _ => TokenStream::new(),
    };
    let errors = errors.to_tokens();
    quote!(#errors #implementation #beside)
}

/// `#[migration(…)]` on an `async fn`: the function as it was, and the registration.
pub(crate) fn function(arguments: TokenStream, input: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let registered = match item::read(input.clone()) {
        Some(mut item) => {
            item.attributes.insert(0, arguments);
            if matches!(item.kind, Kind::UnitStruct) {
                errors.push(
                    item.name.span(),
                    "`#[migration(…)]` on a struct belongs to `#[derive(Migration)]`: write that line above it",
                );
                TokenStream::new()
            } else {
                expand(&item, &mut errors).beside
            }
        }
        None => {
            errors.push(
                Span::call_site(),
                "`#[migration(…)]` stands on an `async fn` or, below `#[derive(Migration)]`, on a struct",
            );
            TokenStream::new()
        }
    };
    let errors = errors.to_tokens();
    quote!(#input #errors #registered)
}

/// What becomes of an item.
#[derive(Default)]
struct Expanded {
    migration: Option<Migration>,
    /// What registers it, where a text does, and what stands beside that.
    registered: Option<(String, TokenStream)>,
    /// What else stands beside it.
    beside: TokenStream,
}

fn expand(item: &Item, errors: &mut Errors) -> Expanded {
    let project = Project::current();
    let tokens = joined(&item.attributes);
    let beside = completion(tokens.clone());
    let nothing = |beside| Expanded {
        beside,
        ..Expanded::default()
    };
    if item.attributes.is_empty() {
        errors.push(
            item.name.span(),
            "a migration needs its keys: write `#[migration(version = 20261122_01, up = \"…\", down = \"…\")]` above it",
        );
        return nothing(beside);
    }
    let entries = attribute::read(tokens, errors);
    let Some(migration) = valid::migration(item, entries, &project, errors) else {
        return nothing(beside);
    };
    let (checked, conditions) = history::check(&migration, &project).unzip();
    let record = judge(&migration, checked, project.config(), errors).map(|checked| {
        record(
            &migration,
            checked,
            conditions.unwrap_or_default(),
            &project,
        )
    });
    let Some(record) = record else {
        return Expanded {
            migration: Some(migration),
            ..nothing(beside)
        };
    };
    hold_against_lock(&record, migration.version_span, &project, errors);
    let kept = kept(&migration);
    match expand::text(&project.name, &record) {
        Some(text) => Expanded {
            migration: Some(migration),
            registered: Some((text, kept)),
            beside,
        },
        None => {
            let registered = register(&migration, record, kept, &project);
            Expanded {
                migration: Some(migration),
                registered: None,
                beside: quote!(#registered #beside),
            }
        }
    }
}

/// An item of the crate, with what stands in each `#[migration(…)]` on it, as it will be expanded; none where that will fail.
pub(crate) fn read(
    tokens: TokenStream,
    attributes: Vec<TokenStream>,
    project: &Project,
) -> Option<Migration> {
    let item = Item {
        attributes,
        ..item::read(tokens)?
    };
    let mut errors = Errors::default();
    let entries = attribute::read(joined(&item.attributes), &mut errors);
    valid::migration(&item, entries, project, &mut errors)
}

/// What keeps its version unique and tracks its files. It stands in a block: a name in a module costs whatever is looked up in it.
fn kept(migration: &Migration) -> TokenStream {
    let unique = expand::unique_version(migration.version.number(), migration.version_span);
    let files: Vec<_> = migration.files().map(Path::to_string_lossy).collect();
    let tracked = expand::tracked(files.iter().map(AsRef::as_ref));
    quote!(#unique #tracked)
}

/// What registers it where no text does.
fn register(
    migration: &Migration,
    record: onward_analysis::Record,
    kept: TokenStream,
    project: &Project,
) -> TokenStream {
    let (wrappers, code) = expand::code(migration);
    let registration = expand::registration(&project.name, &[record], code, None);
    quote! {
        const _: () = {
            #kept
            #wrappers
            #registration
        };
    }
}

/// What stands in several `#[migration(…)]`, as if it were one.
fn joined(attributes: &[TokenStream]) -> TokenStream {
    attributes
        .iter()
        .map(|attribute| quote!(#attribute,))
        .collect()
}
