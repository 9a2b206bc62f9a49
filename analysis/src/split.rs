//! Where does each statement of a script begin and end?
//!
//! Bodies of triggers, routines and events stay in one piece, however many `;` they hold.

mod body;

use crate::lex::{self, Kind, Token};
use crate::{Dialect, Span};
use body::Bodies;

/// One statement, or one line for a client such as psql.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// Its text, without the terminator and without the comments around it.
    pub span: Span,
    /// Its tokens, without white space and comments. Never empty.
    pub tokens: Vec<Token>,
    /// Why it cannot be read to its end, as a clause; none where it can.
    pub broken: Option<&'static str>,
}

impl Piece {
    /// Its text with every comment blanked and the contents of executable comments laid open, byte for byte as long as
    /// the text under its span: what a parser should read.
    #[must_use]
    pub fn plain(&self, sql: &str) -> String {
        plain(sql, self.span, &self.tokens)
    }

    /// Whether it begins with these words.
    #[must_use]
    pub fn begins_with(&self, sql: &str, words: &[&str]) -> bool {
        self.tokens.len() >= words.len()
            && words
                .iter()
                .zip(&self.tokens)
                .all(|(word, token)| token.is_word(sql, word))
    }

    /// Whether it is meant for a client, not for the server.
    #[must_use]
    pub fn is_command(&self) -> bool {
        self.tokens
            .first()
            .is_some_and(|token| token.kind == Kind::Command)
    }
}

/// The text under `span` with everything blanked but these of its tokens.
pub(crate) fn plain(sql: &str, span: Span, tokens: &[Token]) -> String {
    let mut plain = String::with_capacity((span.end - span.start) as usize);
    let mut at = span.start;
    for token in tokens {
        blank(&mut plain, between(at, token.span.start, sql));
        plain.push_str(token.text(sql));
        at = token.span.end;
    }
    blank(&mut plain, between(at, span.end, sql));
    plain
}

fn between(start: u32, end: u32, sql: &str) -> &str {
    Span { start, end }.of(sql)
}

fn blank(out: &mut String, gap: &str) {
    out.extend(gap.bytes().map(|byte| match byte {
        b'\n' => '\n',
        b'\r' => '\r',
        _ => ' ',
    }));
}

/// Splits `sql` into its statements. What holds only comments and white space is none.
#[must_use]
pub fn split(sql: &str, dialect: Dialect) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut open = Open::new(sql, dialect);
    lex::each(sql, dialect, |token| match token.kind {
        Kind::Terminator if !open.holds(token) => pieces.extend(open.finish()),
        Kind::Command => {
            pieces.extend(open.finish());
            if dialect == Dialect::Postgres {
                open.add(token);
                pieces.extend(open.finish());
            }
        }
        _ => open.add(token),
    });
    pieces.extend(open.finish());
    pieces
}

/// The statement that is being read.
struct Open<'a> {
    sql: &'a str,
    tokens: Vec<Token>,
    start: Option<u32>,
    end: u32,
    broken: Option<&'static str>,
    bodies: Bodies,
}

impl<'a> Open<'a> {
    fn new(sql: &'a str, dialect: Dialect) -> Open<'a> {
        Open {
            sql,
            tokens: Vec::with_capacity(64),
            start: None,
            end: 0,
            broken: None,
            bodies: Bodies::new(dialect),
        }
    }

    /// Whether the terminator `token` stands inside a body.
    fn holds(&self, token: Token) -> bool {
        // What `DELIMITER` set ends a statement wherever it stands: the client knows nothing of bodies.
        token.text(self.sql) == ";" && self.bodies.is_inside(self.sql, &self.tokens)
    }

    fn add(&mut self, token: Token) {
        if matches!(token.kind, Kind::Space | Kind::Comment | Kind::Data) {
            return;
        }
        self.start.get_or_insert(token.span.start);
        self.end = token.span.end;
        if token.kind == Kind::Broken {
            self.broken = Some("a quote or comment is never closed");
        }
        if token.is_significant() {
            self.tokens.push(token);
            self.bodies.read(self.sql, &self.tokens);
        }
    }

    fn finish(&mut self) -> Option<Piece> {
        let open = self.bodies.reset(self.sql, &self.tokens);
        // As many as there are, and no more: the buffer is for the next one.
        let tokens = self.tokens.clone();
        self.tokens.clear();
        let start = self.start.take();
        let broken = self.broken.take().or(open.then_some("its body has no end"));
        let span = Span {
            start: start?,
            end: self.end,
        };
        (!tokens.is_empty()).then_some(Piece {
            span,
            tokens,
            broken,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(sql: &str, dialect: Dialect) -> Vec<&str> {
        let pieces = split(sql, dialect);
        for piece in &pieces {
            assert_eq!(piece.broken, None, "{sql}");
        }
        pieces.iter().map(|piece| piece.span.of(sql)).collect()
    }

    /// Each of `parts` is one statement, alone and with the others around it.
    #[track_caller]
    fn assert_whole(dialect: Dialect, parts: &[&str]) {
        let script = parts.join(";\n") + ";";
        assert_eq!(texts(&script, dialect), parts);
    }

    #[test]
    fn comments_are_no_statements() {
        let sql = "-- first\n;;  /* a; b */ SELECT 1 -- one;\n ; -- last";
        assert_eq!(texts(sql, Dialect::Sqlite), ["SELECT 1"]);
        assert_eq!(texts("\u{feff}SELECT 1", Dialect::Sqlite), ["SELECT 1"]);
        assert_eq!(texts("/*!40000 */;", Dialect::MySql), [""; 0]);
    }

    #[test]
    fn plain_text_lays_open_what_runs() {
        let sql = "/*!50003 DROP /* é */ TABLE t */;";
        let pieces = split(sql, Dialect::MySql);
        assert_eq!(pieces[0].span.of(sql), "/*!50003 DROP /* é */ TABLE t */");
        assert_eq!(pieces[0].plain(sql), "         DROP          TABLE t   ");
    }

    #[test]
    fn triggers_of_sqlite_stay_whole() {
        assert_whole(
            Dialect::Sqlite,
            &[
                "CREATE TRIGGER a AFTER INSERT ON t BEGIN UPDATE t SET x = CASE WHEN 1 THEN 2 END; DELETE FROM u; END",
                "CREATE TEMP TRIGGER IF NOT EXISTS b INSTEAD OF UPDATE ON v WHEN CASE 1 WHEN 1 THEN 1 END BEGIN SELECT 1; end",
                "BEGIN",
                "SELECT 1",
                "END",
            ],
        );
    }

    #[test]
    fn bodies_of_postgres_stay_whole() {
        assert_whole(
            Dialect::Postgres,
            &[
                "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN 1; END; $$",
                "CREATE OR REPLACE FUNCTION g(x int) RETURNS int BEGIN ATOMIC SELECT CASE WHEN x > 0 THEN 1 END; SELECT 2; END",
                "CREATE PROCEDURE p() BEGIN ATOMIC END",
                "CREATE RULE r AS ON DELETE TO t DO INSTEAD (UPDATE t SET a = 1; SELECT 1)",
                "BEGIN",
                "SELECT 1",
                "END",
            ],
        );
    }

    #[test]
    fn bodies_of_mysql_stay_whole_without_delimiter() {
        assert_whole(
            Dialect::MySql,
            &[
                "CREATE DEFINER=`root`@`localhost` PROCEDURE p() BEGIN DECLARE x INT; IF x THEN SELECT IF(x, 1, 2); END IF; END",
                "CREATE PROCEDURE q(IN a INT) COMMENT 'c' IF a THEN SELECT 1; ELSEIF a = 2 THEN SELECT 2; ELSE IF a THEN SELECT 3; END IF; END IF",
                "CREATE FUNCTION f() RETURNS INT DETERMINISTIC RETURN IF(1, 2, CASE WHEN 1 THEN IF(1, 2, 3) ELSE IF(0, 1, 2) END)",
                "CREATE TRIGGER t BEFORE UPDATE ON u FOR EACH ROW CASE NEW.a WHEN 1 THEN SET NEW.b = 1; ELSE BEGIN END; END CASE",
                "CREATE TRIGGER s AFTER INSERT ON u FOR EACH ROW FOLLOWS t BEGIN outer_loop: LOOP LEAVE outer_loop; END LOOP; END",
                "CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO BEGIN REPEAT SET @x = @x + 1; UNTIL @x > CASE WHEN 1 THEN 2 END END REPEAT; END",
                "CREATE PROCEDURE w() BEGIN DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; END; WHILE 1 DO SELECT 1; END WHILE; END",
                "BEGIN NOT ATOMIC DROP TABLE IF EXISTS t; END",
                "START TRANSACTION",
                "ALTER EVENT e DO SELECT 1",
                "CREATE TABLE `begin` (`case` int, end int)",
                "DROP PROCEDURE IF EXISTS p",
                "BEGIN",
                "SELECT 1",
            ],
        );
    }

    #[test]
    fn delimiters_are_the_clients() {
        let sql = "DELIMITER //\nCREATE PROCEDURE p() BEGIN SELECT 1; END //\nCREATE TRIGGER t BEFORE INSERT ON u FOR EACH ROW SET NEW.a = 1//\nDELIMITER ;\nSELECT 2;";
        assert_eq!(
            texts(sql, Dialect::MySql),
            [
                "CREATE PROCEDURE p() BEGIN SELECT 1; END",
                "CREATE TRIGGER t BEFORE INSERT ON u FOR EACH ROW SET NEW.a = 1",
                "SELECT 2"
            ]
        );
    }

    #[test]
    fn commands_of_psql_are_pieces_of_their_own() {
        let sql = "\\set x 1\nSELECT 1 \\gexec\nCOPY t FROM stdin;\n1;2\n\\.\nSELECT 2";
        let expected = [
            "\\set x 1",
            "SELECT 1",
            "\\gexec",
            "COPY t FROM stdin",
            "SELECT 2",
        ];
        assert_eq!(texts(sql, Dialect::Postgres), expected);
    }

    #[test]
    fn what_is_never_closed_is_broken() {
        let broken = |sql, dialect| split(sql, dialect).last().and_then(|piece| piece.broken);
        let quote = Some("a quote or comment is never closed");
        assert_eq!(broken("SELECT 1; SELECT 'a", Dialect::Sqlite), quote);
        assert_eq!(broken("SELECT 1; /* a", Dialect::Postgres), quote);
        let body = Some("its body has no end");
        assert_eq!(
            broken("CREATE PROCEDURE p() BEGIN SELECT 1;", Dialect::MySql),
            body
        );
        assert_eq!(
            broken(
                "CREATE TRIGGER t AFTER INSERT ON u BEGIN SELECT 1;",
                Dialect::Sqlite
            ),
            body
        );
    }
}
