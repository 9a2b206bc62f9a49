//! How does an editor come to offer the keys?

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::quote;

/// An import, seen by rust-analyzer alone, of the keys as they are typed: it completes them, with their documentation,
/// from the constants of `onward::__private::keys`.
pub(crate) fn completion(tokens: TokenStream) -> TokenStream {
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
