//! How does an editor come to offer the keys?

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::quote;

/// An import, seen by rust-analyzer alone, of the keys as they are typed: it completes them, with their documentation,
/// from the constants of `onward::__private::keys`.
pub(crate) fn completion(tokens: TokenStream) -> TokenStream {
    // A thousand items that rustc only drops would still cost it a while.
    if is_rustc(&tokens) {
        return TokenStream::new();
    }
    let mut keys: Vec<Ident> = Vec::new();
    let mut at_key = true;
    for token in tokens {
        match token {
            TokenTree::Ident(key) if at_key => {
                keys.push(key);
                at_key = false;
            }
            TokenTree::Punct(comma) => at_key = comma.as_char() == ',',
            _ => at_key = false,
        }
    }
    quote! {
        #[allow(unexpected_cfgs)]
        const _: () = {
            #[cfg(rust_analyzer)]
            {
                #[allow(unused_imports)]
                use ::onward::__private::keys::{#(#keys as _),*};
            }
        };
    }
}

/// Whether this is no editor's expansion: rustc knows the file of what stands in the crate, rust-analyzer does not.
fn is_rustc(tokens: &TokenStream) -> bool {
    proc_macro::is_available()
        && tokens
            .clone()
            .into_iter()
            .next()
            .is_some_and(|token| token.span().unwrap().local_file().is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_keys_are_imported_as_they_are_typed() {
        let typed = "version = 1, up = \"a\", down(back), destruc"
            .parse()
            .unwrap();
        let import = "use :: onward :: __private :: keys :: { version as _ , up as _ , down as _ , destruc as _ }";
        assert!(completion(typed).to_string().contains(import));
    }
}
