//! Which comments of a script does MySQL run, and which MariaDB?
//!
//! `/*!80000 … */` is SQL for MySQL from version 8 on and a comment for MariaDB, `/*M!100100 … */` the other way round.
//! Nobody tells which of the two servers a script will meet, so it is judged as both of them read it.
//! (<https://dev.mysql.com/doc/refman/8.4/en/comments.html>, <https://mariadb.com/kb/en/comment-syntax/>)

use crate::judge::Judged;
use crate::judge::Script;
use crate::judge::Scripts;
use crate::lex::{Kind, lex};
use crate::split::split;
use crate::{Analysis, Dialect, Span, Verdict, effect};

#[derive(Clone, Copy)]
enum Server {
    MySql,
    MariaDb,
}

/// The scripts as either server reads them; none where both run each of their comments.
pub(in crate::judge) fn scripts(up: Option<&str>, down: Option<&str>) -> Option<Scripts> {
    if !up.iter().chain(&down).any(|sql| is_conditional(sql)) {
        return None;
    }
    let by = |server| {
        let read = |sql| read_by(server, sql);
        Scripts::of(Dialect::MySql, up.map(read), down.map(read))
    };
    Some(Scripts {
        by_mariadb: Some(Box::new(by(Server::MariaDb))),
        ..by(Server::MySql)
    })
}

/// Whether it may hold a comment that only some servers run.
fn is_conditional(sql: &str) -> bool {
    let mut comments = sql.split("/*").skip(1);
    comments.any(|comment| {
        let version = comment.strip_prefix('!').unwrap_or_default();
        comment.starts_with("M!") || version.starts_with(|c: char| c.is_ascii_digit())
    })
}

/// What a server asks of the script. Its statements are those that are written, and so sent to either.
fn read_by(server: Server, sql: &str) -> Script {
    let pieces = split(sql, Dialect::MySql);
    Script {
        statements: effect::statements(sql, &pieces, Dialect::MySql),
        ..Script::read(Dialect::MySql, &as_read_by(server, sql))
    }
}

/// The script with the comments that `server` does not run made plain ones, byte for byte as long.
fn as_read_by(server: Server, sql: &str) -> String {
    let mut text = sql.as_bytes().to_vec();
    for token in lex(sql, Dialect::MySql) {
        let opening = token.text(sql);
        if token.kind == Kind::Executable && opening.starts_with("/*") && !runs(server, opening) {
            let marker = token.span.start as usize + 2;
            if let Some(byte) = text.get_mut(marker) {
                *byte = b' ';
            }
        }
    }
    // An ASCII byte was put for an ASCII byte.
    String::from_utf8(text).unwrap_or_else(|_| sql.to_owned())
}

/// What is written for this version or a later one is meant for none.
const NEVER: u32 = 99_999;

/// Whether a present version of the server runs a comment that opens so: `/*!50003` or `/*M!100100`.
fn runs(server: Server, opening: &str) -> bool {
    let version = opening.trim_start_matches(['/', '*', 'M', '!']);
    let version: u32 = version.parse().unwrap_or_default();
    match server {
        Server::MySql => !opening.starts_with("/*M") && version < NEVER,
        // MariaDB leaves out what is for versions that only MySQL has.
        Server::MariaDb => version < 50_700 || (100_000..200_000).contains(&version),
    }
}

/// What either server does.
pub(in crate::judge) fn merge(mut one: Judged, other: Judged) -> Judged {
    one.up = one.up.zip(other.up).map(either);
    one.down = one.down.zip(other.down).map(either);
    one.up_does_something |= other.up_does_something;
    one.down_does_something |= other.down_does_something;
    one
}

fn either((mut all, other): (Analysis, Analysis)) -> Analysis {
    for loss in other.losses {
        if !all.losses.iter().any(|known| known.object == loss.object) {
            all.losses.push(loss);
        }
    }
    for unknown in other.unknowns {
        if !all.unknowns.iter().any(|known| known.span == unknown.span) {
            all.unknowns.push(unknown);
        }
    }
    // A server counts only the statements that it runs.
    let statements = &all.statements;
    let index = |span: Span| {
        let at = statements
            .iter()
            .position(|statement| span.start < statement.span.end);
        at.and_then(|at| u32::try_from(at).ok()).unwrap_or_default()
    };
    for loss in &mut all.losses {
        loss.statement = index(loss.span);
    }
    for unknown in &mut all.unknowns {
        unknown.statement = index(unknown.span);
    }
    all.losses
        .sort_by_key(|loss| (loss.statement, loss.span.start));
    all.verdict = match (all.verdict, other.verdict) {
        (Verdict::Lossy, _) | (_, Verdict::Lossy) => Verdict::Lossy,
        (Verdict::Unknown, _) | (_, Verdict::Unknown) => Verdict::Unknown,
        (Verdict::Lossless, Verdict::Lossless) => Verdict::Lossless,
    };
    all
}
