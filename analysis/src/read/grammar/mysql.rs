//! How do MySQL and MariaDB bind operators? (<https://dev.mysql.com/doc/refman/8.4/en/operator-precedence.html>)
//!
//! Their grammars are stricter than that table: what LIKE, IN and BETWEEN compare holds no `=`.

use sqlparser::ast::{BinaryOperator, CastKind, DataType, Expr, Statement, UnaryOperator};
use sqlparser::dialect::{Dialect, MySqlDialect, Precedence};
use sqlparser::keywords::Keyword;
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::Token;

use super::{Reading, as_it_is, prefix, refused, sign};

#[derive(Debug)]
pub(super) struct MySql(pub(super) MySqlDialect);

const ASSIGNED: u8 = 5;
const NOT: u8 = 30;
const LIKE: u8 = 50;
const TIMES: u8 = 100;
const POWER: u8 = 110;
const UNARY: u8 = 120;

impl Dialect for MySql {
    as_it_is! {
        supports_string_literal_backslash_escape supports_string_literal_concatenation ignores_wildcard_escapes
        supports_numeric_prefix supports_bitwise_shift_operators supports_multiline_comment_hints
        require_interval_qualifier supports_limit_comma supports_create_table_select supports_insert_set
        supports_user_host_grantee supports_table_hints requires_single_line_comment_whitespace supports_match_against
        supports_select_modifiers supports_set_names supports_comma_separated_set_assignments supports_update_order_by
        supports_data_type_signed_suffix supports_cross_join_constraint supports_double_ampersand_operator
        supports_binary_kw_as_cast supports_comment_optimizer_hint supports_constraint_keyword_without_name
        supports_key_column_option supports_group_by_with_modifier supports_left_associative_joins_without_parens
    }

    fn parse_statement(&self, parser: &mut Parser<'_>) -> Reading<Statement> {
        self.0.parse_statement(parser)
    }

    fn is_table_factor_alias(
        &self,
        explicit: bool,
        keyword: &Keyword,
        parser: &mut Parser<'_>,
    ) -> bool {
        self.0.is_table_factor_alias(explicit, keyword, parser)
    }

    fn prec_value(&self, precedence: Precedence) -> u8 {
        match precedence {
            Precedence::Or => 10,
            Precedence::Xor => 15,
            Precedence::And => 20,
            Precedence::UnaryNot => NOT,
            Precedence::Is | Precedence::Eq => 40,
            Precedence::Between | Precedence::Like => LIKE,
            Precedence::Pipe | Precedence::Colon => 60,
            Precedence::Ampersand => 70,
            // `<<` and `>>`.
            Precedence::Caret => 80,
            Precedence::PlusMinus => 90,
            Precedence::MulDivModOp => TIMES,
            // `->` and `->>`.
            Precedence::PgOther | Precedence::AtTz => 130,
            Precedence::DoubleColon => 140,
            Precedence::Period => 150,
        }
    }

    fn get_next_precedence(&self, parser: &Parser<'_>) -> Reading<u8> {
        let precedence = match &parser.peek_token_ref().token {
            Token::Assignment => ASSIGNED,
            Token::Caret => POWER,
            Token::Word(word) if word.keyword == Keyword::MOD => TIMES,
            _ => return None,
        };
        Some(Ok(precedence))
    }

    fn parse_prefix(&self, parser: &mut Parser<'_>) -> Reading<Expr> {
        if parser.parse_keyword(Keyword::BINARY) {
            let inner = parser.parse_subexpr(UNARY);
            return Some(inner.map(|inner| Expr::Cast {
                kind: CastKind::Cast,
                expr: Box::new(inner),
                data_type: DataType::Binary(None),
                format: None,
            }));
        }
        prefix(parser, UNARY, |token| match token {
            Token::Tilde => Some(UnaryOperator::BitwiseNot),
            Token::ExclamationMark => Some(UnaryOperator::BangNot),
            token => sign(token),
        })
    }

    fn parse_infix(&self, parser: &mut Parser<'_>, left: &Expr, precedence: u8) -> Reading<Expr> {
        if let Some(error) = refused(left, precedence, NOT).or_else(|| chained(left, precedence)) {
            return Some(Err(error));
        }
        // An assignment takes all that follows.
        let (op, from) = match &parser.peek_token_ref().token {
            Token::Assignment => (BinaryOperator::Assignment, ASSIGNED - 1),
            Token::Word(word) if word.keyword == Keyword::MOD => (BinaryOperator::Modulo, TIMES),
            _ => return self.0.parse_infix(parser, left, precedence),
        };
        parser.advance_token();
        let right = parser.parse_subexpr(from);
        Some(right.map(|right| Expr::BinaryOp {
            left: Box::new(left.clone()),
            op,
            right: Box::new(right),
        }))
    }
}

/// `a LIKE b NOT LIKE c`: MySQL refuses it, and MariaDB reads some of them from the right.
fn chained(left: &Expr, precedence: u8) -> Option<ParserError> {
    let is_likeness = matches!(
        left,
        Expr::Like { .. }
            | Expr::RLike { .. }
            | Expr::Between { .. }
            | Expr::InList { .. }
            | Expr::InSubquery { .. }
    );
    (is_likeness && precedence == LIKE)
        .then(|| ParserError::ParserError("a likeness of a likeness is not understood".to_owned()))
}
