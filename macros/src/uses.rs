//! `uses!(…)`, `#[uses(…)]`, and what `catalog!()` finds by itself: which parts of the database does this crate's code use?

mod cache;
mod calls;
mod sources;

use onward_analysis::Uses;
use onward_analysis::uses::{Found, declared};
use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use quote::quote;

use crate::errors::Errors;
use crate::expand;
use crate::literal::Text;
use crate::project::Project;
use crate::record::place;
use cache::Cache;
use sources::Sources;

/// `uses!("users.phone_number", "orders")`: a registration of what is declared; with nothing in it, of what this crate's
/// queries use.
pub(crate) fn declaration(input: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let project = Project::current();
    let registered = if input.is_empty() {
        let (found, tracked) = found(&project, &mut errors);
        let found = registration(&project, &found.unwrap_or_default());
        quote!(#tracked #found)
    } else {
        let declared = read(input, Span::call_site(), &project, &mut errors);
        registration(&project, &declared)
    };
    let errors = errors.to_tokens();
    quote!(#errors const _: () = { #registered };)
}

/// `#[uses("users.phone_number")]` on a function: the function as it was, with the registration in its body, so that it
/// may stand in an `impl` too.
pub(crate) fn on_function(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let project = Project::current();
    let attribute = written_here(&item);
    if arguments.is_empty() {
        errors.push(
            attribute,
            "`#[uses(…)]` says which tables and columns the function uses: write `#[uses(\"users.phone_number\")]`",
        );
    }
    let declared = read(arguments, attribute, &project, &mut errors);
    let registered = registration(&project, &declared);
    let mut tokens: Vec<TokenTree> = item.into_iter().collect();
    match tokens.last_mut() {
        Some(TokenTree::Group(body))
            if body.delimiter() == Delimiter::Brace && errors.is_empty() =>
        {
            let inner = body.stream();
            let span = body.span();
            let mut new = Group::new(
                Delimiter::Brace,
                quote!(const _: () = { #registered }; #inner),
            );
            new.set_span(span);
            *body = new;
        }
        Some(TokenTree::Group(body)) if body.delimiter() == Delimiter::Brace => {}
        _ => errors.push(attribute, "`#[uses(…)]` stands on a function with a body"),
    }
    let item: TokenStream = tokens.into_iter().collect();
    let errors = errors.to_tokens();
    quote!(#item #errors)
}

/// The attribute above `item`, as written by whoever wrote the item: else rustc notes below a mistake which macro found it.
fn written_here(item: &TokenStream) -> Span {
    let first = item.clone().into_iter().next();
    first.map_or_else(Span::call_site, |token| {
        Span::call_site().resolved_at(token.span())
    })
}

/// What `catalog!()` registers beside the catalog: nothing where this crate has no queries.
pub(crate) fn of_catalog(project: &Project, errors: &mut Errors) -> TokenStream {
    let (found, tracked) = found(project, errors);
    let registered = found.map(|found| registration(project, &found));
    quote!(const _: () = { #tracked #registered };)
}

/// What the queries of this crate use, with the files that cargo must watch; none where there are no queries.
fn found(project: &Project, errors: &mut Errors) -> (Option<Uses>, TokenStream) {
    let cache = Cache::read(project).unwrap_or_else(|mistakes| {
        for mistake in mistakes {
            errors.push(Span::call_site(), mistake);
        }
        Cache::default()
    });
    let sources = Sources::read(project, cache.root.as_deref());
    let mut uses = Uses::default();
    for query in &cache.queries {
        let at = sources
            .place(&query.text)
            .unwrap_or_else(|| query.name.clone());
        uses.checked_query(query.dialect, &query.text, &at);
        for own in &query.types {
            let own = Found {
                table: own.clone(),
                ..Found::default()
            };
            uses.found(own, &at);
        }
    }
    let calls = calls::read(&sources, &project.dialects(), &mut uses);
    let tracked = expand::tracked(cache.files.iter().map(String::as_str));
    let any = calls || cache.root.is_some();
    (any.then_some(uses), tracked)
}

/// What is written in the parentheses.
fn read(input: TokenStream, span: Span, project: &Project, errors: &mut Errors) -> Uses {
    let mut uses = Uses::default();
    let at = place(span, project);
    let at = match at.line {
        0 => "a declaration".to_owned(),
        line => format!("{}:{line}", at.file),
    };
    for token in input {
        let span = token.span();
        let text = match &token {
            TokenTree::Punct(comma) if comma.as_char() == ',' => continue,
            TokenTree::Literal(literal) => Text::read(literal),
            _ => None,
        };
        match text.map(|text| declared(&text.value)) {
            Some(Ok(found)) => uses.found(found, &at),
            Some(Err(mistake)) => errors.push(span, mistake),
            None => errors.push(
                span,
                "only string literals stand here: `\"users.phone_number\", \"orders\"`",
            ),
        }
    }
    uses
}

fn registration(project: &Project, uses: &Uses) -> TokenStream {
    let name = &project.name;
    match serde_json::to_string(uses) {
        Ok(json) => quote! {
            ::onward::__private::inventory::submit! {
                ::onward::__private::CodeUses { package: #name, uses: #json }
            }
        },
        // Nothing in it has keys that JSON cannot have.
        Err(e) => {
            let message = e.to_string();
            quote!(::core::compile_error! { #message })
        }
    }
}
