//! `catalog!()`: which migrations must this crate have?

use std::path::Path;

use onward_analysis::{Config, Digest, Lock};
use proc_macro2::{Span, TokenStream};
use quote::quote;

use crate::errors::Errors;
use crate::expand;
use crate::project::Project;
use crate::uses;

/// The constant `MIGRATIONS`, and the test that holds it against the lock file.
pub(crate) fn catalog(input: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    if let Some(token) = input.into_iter().next() {
        errors.push(token.span(), "`catalog!()` takes nothing");
    }
    let project = Project::current();
    let files = &project.files;
    let lock = files.lock.as_ref().unwrap_or_else(|message| {
        errors.push(Span::call_site(), message);
        &None
    });
    let config = match &files.config {
        Ok(config) if files.has_config => serde_json::to_string(config).unwrap_or_default(),
        Ok(_) => String::new(),
        Err(mistakes) => {
            for mistake in mistakes {
                errors.push(Span::call_site(), mistake);
            }
            String::new()
        }
    };
    let digest = expand::digest(lock.as_ref().map_or(Digest::EMPTY, Lock::digest));
    let lock = match lock {
        Some(_) => {
            let path = text(&project.dir.join(Lock::FILE));
            quote!(::core::option::Option::Some(::core::include_str!(#path)))
        }
        None => quote!(::core::option::Option::None),
    };
    let config_path = text(&project.dir.join(Config::FILE));
    let tracked = expand::tracked(files.has_config.then_some(config_path.as_str()));
    let uses = uses::of_catalog(&project, &mut errors);
    let errors = errors.to_tokens();
    quote! {
        #errors
        #tracked
        #uses

        /// The migrations of this crate, for `onward::Migrator`.
        pub const MIGRATIONS: ::onward::Catalog = ::onward::Catalog {
            name: ::core::env!("CARGO_PKG_NAME"),
            lock: #lock,
            digest: #digest,
            config: #config,
            manifest_dir: ::core::env!("CARGO_MANIFEST_DIR"),
            source: ::core::file!(),
            package: ::core::env!("CARGO_PKG_VERSION"),
            build: ::core::option_env!("ONWARD_BUILD"),
        };

        #[cfg(test)]
        #[test]
        fn migrations_lock_is_current() {
            if let ::core::result::Result::Err(message) =
                ::onward::__private::lock_is_current(&MIGRATIONS)
            {
                ::core::panic!("{message}");
            }
        }
    }
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}
