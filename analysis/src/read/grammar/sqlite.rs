//! How does SQLite bind operators? (<https://sqlite.org/lang_expr.html#operators_and_parse_affecting_attributes>)

use sqlparser::ast::{Expr, Statement, UnaryOperator, Value};
use sqlparser::dialect::{Dialect, Precedence, SQLiteDialect};
use sqlparser::keywords::Keyword;
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::Token;

use super::{Reading, as_it_is, prefix, refused, sign};

#[derive(Debug)]
pub(super) struct Sqlite(pub(super) SQLiteDialect);

const NOT: u8 = 30;
const EQUAL: u8 = 40;
const LESS: u8 = 50;
const JOINED: u8 = 90;
const UNARY: u8 = 100;

impl Dialect for Sqlite {
    as_it_is! {
        supports_filter_during_aggregation supports_start_transaction_modifier supports_in_empty_list
        supports_limit_comma supports_asc_desc_in_column_definition supports_dollar_placeholder
        supports_notnull_operator supports_comma_separated_trim supports_numeric_literal_underscores
    }

    fn parse_statement(&self, parser: &mut Parser<'_>) -> Reading<Statement> {
        self.0.parse_statement(parser)
    }

    fn supports_bitwise_shift_operators(&self) -> bool {
        true
    }

    fn prec_value(&self, precedence: Precedence) -> u8 {
        match precedence {
            Precedence::Or => 10,
            Precedence::And => 20,
            Precedence::UnaryNot => NOT,
            Precedence::Is | Precedence::Between | Precedence::Like | Precedence::Eq => EQUAL,
            // `& | << >>` are of one strength. The others are not SQLite's.
            Precedence::Ampersand
            | Precedence::Pipe
            | Precedence::Caret
            | Precedence::Xor
            | Precedence::Colon => 60,
            Precedence::PlusMinus => 70,
            Precedence::MulDivModOp => 80,
            // `->` and `->>`.
            Precedence::PgOther | Precedence::AtTz => JOINED,
            Precedence::DoubleColon => 110,
            Precedence::Period => 120,
        }
    }

    fn get_next_precedence(&self, parser: &Parser<'_>) -> Reading<u8> {
        let precedence = match &parser.peek_token_ref().token {
            Token::Lt | Token::LtEq | Token::Gt | Token::GtEq => LESS,
            Token::StringConcat => JOINED,
            token if is_null(token) => EQUAL,
            _ => return None,
        };
        Some(Ok(precedence))
    }

    fn parse_prefix(&self, parser: &mut Parser<'_>) -> Reading<Expr> {
        prefix(parser, UNARY, |token| match token {
            Token::Tilde => Some(UnaryOperator::BitwiseNot),
            token => sign(token),
        })
    }

    fn parse_infix(&self, parser: &mut Parser<'_>, left: &Expr, precedence: u8) -> Reading<Expr> {
        if let Some(error) = refused(left, precedence, NOT) {
            return Some(Err(error));
        }
        if parser.parse_keyword(Keyword::IS) {
            return Some(is(parser, left));
        }
        if is_null(&parser.peek_token_ref().token) {
            parser.advance_token();
            return Some(Ok(Expr::IsNull(Box::new(left.clone()))));
        }
        self.0.parse_infix(parser, left, precedence)
    }
}

/// `ISNULL`, of which sqlparser does not know.
fn is_null(token: &Token) -> bool {
    let Token::Word(word) = token else {
        return false;
    };
    word.quote_style.is_none() && word.value.eq_ignore_ascii_case("ISNULL")
}

/// What follows `IS`: any value. (<https://sqlite.org/lang_expr.html#isisnot>)
fn is(parser: &mut Parser<'_>, left: &Expr) -> Result<Expr, ParserError> {
    let negated = parser.parse_keyword(Keyword::NOT);
    let distinct = parser.parse_keywords(&[Keyword::DISTINCT, Keyword::FROM]);
    let right = parser.parse_subexpr(EQUAL)?;
    let left = Box::new(left.clone());
    let same = negated == distinct;
    let literal = match &right {
        Expr::Value(value) => Some(&value.value),
        _ => None,
    };
    Ok(match (literal, same) {
        (Some(Value::Null), true) => Expr::IsNull(left),
        (Some(Value::Null), false) => Expr::IsNotNull(left),
        (Some(Value::Boolean(true)), true) => Expr::IsTrue(left),
        (Some(Value::Boolean(true)), false) => Expr::IsNotTrue(left),
        (Some(Value::Boolean(false)), true) => Expr::IsFalse(left),
        (Some(Value::Boolean(false)), false) => Expr::IsNotFalse(left),
        (_, true) => Expr::IsNotDistinctFrom(left, Box::new(right)),
        (_, false) => Expr::IsDistinctFrom(left, Box::new(right)),
    })
}
