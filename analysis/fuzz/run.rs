//! What is done with each input of the fuzzer, and with each file of its corpus in a normal test?

use onward_analysis::header;
use onward_analysis::judge::judge;
use onward_analysis::lex::lex;
use onward_analysis::split::split;
use onward_analysis::{Dialect, Marks, Reason, Schema};

/// Reads `data` as a migration, up and down apart by a line `---`, in each dialect.
///
/// # Panics
/// Where the analysis breaks one of its promises.
pub(crate) fn run(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let (up, down) = text.split_once("\n---\n").unwrap_or((&text, ""));
    for dialect in Dialect::ALL {
        tiles(up, dialect);
        for before in [Schema::empty(), Schema::unknown()] {
            let judged = judge(dialect, &before, Some(up), Some(down));
            for (sql, analysis) in [(up, judged.up), (down, judged.down)] {
                let analysis = analysis.expect("SQL was judged");
                let spans = analysis.statements.iter().map(|it| it.span);
                let losses = analysis.losses.iter().map(|it| it.span);
                for span in spans.chain(losses) {
                    let (start, end) = (span.start as usize, span.end as usize);
                    assert!(sql.get(start..end).is_some(), "{span:?} is not in {sql:?}");
                }
            }
        }
    }
    marks(up);
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
