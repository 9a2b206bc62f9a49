//! What is done with each input of the fuzzer, and with each file of its corpus in a normal test?

use onward_analysis::header;
use onward_analysis::judge::judge;
use onward_analysis::lex::{Kind, lex};
use onward_analysis::split::split;
use onward_analysis::{Dialect, Marks, Reason, Schema, Verdict};

/// Reads `data` as a migration, up and down apart by a line `---`, in each dialect.
///
/// # Panics
/// Where the analysis breaks one of its promises.
pub(crate) fn run(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let (up, down) = text.split_once("\n---\n").unwrap_or((&text, ""));
    for dialect in Dialect::ALL {
        tiles(up, dialect);
        whole(up, dialect);
        for before in [Schema::empty(), Schema::unknown()] {
            let judged = judge(dialect, &before, Some(up), Some(down));
            for (sql, analysis) in [(up, &judged.up), (down, &judged.down)] {
                let analysis = analysis.as_ref().expect("SQL was judged");
                let spans = analysis.statements.iter().map(|it| it.span);
                let losses = analysis.losses.iter().map(|it| it.span);
                let unknowns = analysis.unknowns.iter().map(|it| it.span);
                for span in spans.chain(losses).chain(unknowns) {
                    let (start, end) = (span.start as usize, span.end as usize);
                    assert!(sql.get(start..end).is_some(), "{span:?} is not in {sql:?}");
                }
            }
            let again = judge(dialect, &before, Some(up), Some(down));
            assert_eq!(judged.up, again.up, "the same script has the same verdict");
            assert_eq!(
                judged.down, again.down,
                "the same script has the same verdict"
            );
            still_as_harmful(up, dialect, &before);
        }
    }
    marks(up);
}

/// A statement that nobody understands makes no script more harmless.
fn still_as_harmful(sql: &str, dialect: Dialect, before: &Schema) {
    let longer = format!("{sql}\n;\nFROB the knob");
    let (pieces, more) = (split(sql, dialect), split(&longer, dialect));
    // What is never closed takes it in.
    if more.len() != pieces.len() + 1 || more[..pieces.len()] != pieces {
        return;
    }
    let verdict = |sql| {
        judge(dialect, before, Some(sql), None)
            .up
            .map(|up| up.verdict)
    };
    let (alone, with) = (verdict(sql), verdict(&longer));
    assert_ne!(with, Some(Verdict::Lossless), "{longer:?}");
    let lossy = Some(Verdict::Lossy);
    assert!(alone != lossy || with == lossy, "{longer:?}");
}

/// Each token that the server sees stands in one statement, and in one only.
fn whole(sql: &str, dialect: Dialect) {
    let seen = lex(sql, dialect).into_iter().filter(|token| {
        token.is_significant() && !matches!(token.kind, Kind::Terminator | Kind::Command)
    });
    let pieces = split(sql, dialect);
    let kept = pieces.iter().flat_map(|piece| &piece.tokens);
    let kept = kept.filter(|token| !matches!(token.kind, Kind::Terminator | Kind::Command));
    assert!(seen.eq(kept.copied()), "a statement was lost of {sql:?}");
}

/// The tokens tile the text, and the statements lie in order.
fn tiles(sql: &str, dialect: Dialect) {
    let mut at = 0;
    for token in lex(sql, dialect) {
        assert!(token.span.start == at && token.span.end > at, "{token:?}");
        at = token.span.end;
    }
    assert_eq!(at as usize, sql.len());
    let mut at = 0;
    for piece in split(sql, dialect) {
        assert!(piece.span.start >= at && piece.span.end > piece.span.start);
        assert_eq!(piece.plain(sql).len(), piece.span.of(sql).len());
        at = piece.span.end;
    }
}

/// Marks can be written, twice is once, and stripping them gives back what was there.
fn marks(sql: &str) {
    let marks = Marks {
        destructive: Some(Reason(None)),
        lossy: Some("why".to_owned()),
        ..Marks::default()
    };
    let written = header::write(sql, &marks);
    assert_eq!(header::write(&written, &marks), written);
    assert_eq!(header::strip(&written), header::strip(sql));
}
