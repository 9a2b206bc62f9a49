//! How does PostgreSQL bind operators? (<https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-PRECEDENCE>)

use sqlparser::ast::{Expr, UnaryOperator};
use sqlparser::dialect::{Dialect, PostgreSqlDialect, Precedence};
use sqlparser::keywords::Keyword;
use sqlparser::parser::Parser;
use sqlparser::tokenizer::Token;

use super::{Reading, as_it_is, prefix, refused, sign};

#[derive(Debug)]
pub(super) struct Postgres(pub(super) PostgreSqlDialect);

/// A sign before a value binds it more strongly than COLLATE behind it, and less than `[1]` and `::text`.
const SIGN: u8 = 125;

impl Dialect for Postgres {
    as_it_is! {
        supports_unicode_string_literal supports_filter_during_aggregation supports_group_by_expr
        supports_alter_user_as_alter_role allow_extract_custom allow_extract_single_quotes
        supports_create_index_with_clause supports_explain_with_utility_options supports_listen_notify
        supports_exclude_constraint supports_factorial_operator supports_bitwise_shift_operators supports_comment_on
        supports_load_extension supports_named_fn_args_with_colon_operator supports_named_fn_args_with_expr_name
        supports_empty_projections supports_nested_comments supports_string_escape_constant
        supports_numeric_literal_underscores supports_array_typedef_with_brackets supports_geometric_types
        supports_order_by_using_operator supports_set_names supports_alter_column_type_using
        supports_left_associative_joins_without_parens supports_notnull_operator supports_interval_options
        supports_insert_table_alias supports_create_table_like_parenthesized supports_select_wildcard_with_alias
        supports_comma_separated_trim supports_xml_expressions supports_aliased_function_args
        supports_comment_optimizer_hint
    }

    fn is_reserved_for_identifier(&self, keyword: Keyword) -> bool {
        self.0.is_reserved_for_identifier(keyword)
    }

    fn is_table_alias(&self, keyword: &Keyword, parser: &mut Parser<'_>) -> bool {
        self.0.is_table_alias(keyword, parser)
    }

    fn is_custom_operator_part(&self, ch: char) -> bool {
        self.0.is_custom_operator_part(ch)
    }

    fn prec_value(&self, precedence: Precedence) -> u8 {
        self.0.prec_value(precedence)
    }

    fn get_next_precedence(&self, parser: &Parser<'_>) -> Reading<u8> {
        match &parser.peek_token_ref().token {
            // Operators like any other, unlike those that compare by order.
            Token::Tilde
            | Token::TildeAsterisk
            | Token::ExclamationMarkTilde
            | Token::ExclamationMarkTildeAsterisk
            | Token::DoubleTilde
            | Token::DoubleTildeAsterisk
            | Token::ExclamationMarkDoubleTilde
            | Token::ExclamationMarkDoubleTildeAsterisk => {
                Some(Ok(self.prec_value(Precedence::PgOther)))
            }
            Token::Word(word) if word.keyword == Keyword::OPERATOR => {
                Some(Ok(self.prec_value(Precedence::PgOther)))
            }
            _ => self.0.get_next_precedence(parser),
        }
    }

    fn parse_prefix(&self, parser: &mut Parser<'_>) -> Reading<Expr> {
        prefix(parser, SIGN, sign).or_else(|| {
            let other = self.prec_value(Precedence::PgOther);
            prefix(parser, other, |token| {
                Some(match token {
                    Token::Tilde => UnaryOperator::BitwiseNot,
                    Token::AtSign => UnaryOperator::PGAbs,
                    Token::DoubleExclamationMark => UnaryOperator::PGPrefixFactorial,
                    Token::PGSquareRoot => UnaryOperator::PGSquareRoot,
                    Token::PGCubeRoot => UnaryOperator::PGCubeRoot,
                    _ => return None,
                })
            })
        })
    }

    fn parse_infix(&self, parser: &mut Parser<'_>, left: &Expr, precedence: u8) -> Reading<Expr> {
        match refused(left, precedence, self.prec_value(Precedence::UnaryNot)) {
            Some(error) => Some(Err(error)),
            None => self.0.parse_infix(parser, left, precedence),
        }
    }
}
