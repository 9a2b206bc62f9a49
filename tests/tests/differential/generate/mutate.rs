//! What is the nearest neighbour of a pair: the same but for one word, item, clause or statement?
//!
//! Most of what comes out is refused by the database, or loses something. What is left finds more than any pair that is made
//! from nothing, because it looks so much like one that is right.

use fastrand::Rng;

use super::Case;

/// Words that stand for each other, as far as grammar goes.
const WORDS: [&[&str]; 22] = [
    &["=", "<>", ">", ">=", "<", "<="],
    &["AND", "OR"],
    &["IS NULL", "IS NOT NULL"],
    &["IN (", "NOT IN ("],
    &["EXISTS", "NOT EXISTS"],
    &["UNION ALL", "UNION", "EXCEPT", "INTERSECT"],
    &["LEFT JOIN", "JOIN", "RIGHT JOIN", "CROSS JOIN"],
    &["CASCADE", "SET NULL", "RESTRICT", "NO ACTION"],
    &["BEFORE", "AFTER"],
    &["INSERT ON", "UPDATE ON", "DELETE ON"],
    &["NEW.", "OLD."],
    &["FOR EACH ROW", "FOR EACH STATEMENT"],
    &["min(", "max(", "count(", "sum("],
    &[
        "INSERT INTO",
        "REPLACE INTO",
        "INSERT IGNORE INTO",
        "INSERT OR IGNORE INTO",
        "INSERT OR REPLACE INTO",
    ],
    &["DO NOTHING", "DO UPDATE SET id = excluded.id"],
    &["SELECT", "SELECT DISTINCT"],
    &[" + ", " - ", " * ", " / ", " || ", " % "],
    &[
        "int",
        "smallint",
        "bigint",
        "text",
        "varchar(5)",
        "numeric(4,1)",
        "double precision",
        "char(3)",
        "boolean",
        "date",
    ],
    &["RETURN NEW", "RETURN OLD", "RETURN NULL"],
    &["TABLE", "TEMPORARY TABLE"],
    &["ASC", "DESC"],
    &["TRUE", "FALSE", "NULL", "NOT NULL"],
];

/// What a column may be wrapped in.
const WRAPPERS: [(&str, &str); 14] = [
    ("lower(", ")"),
    ("coalesce(", ", '')"),
    ("coalesce(", ", 0)"),
    ("trim(", ")"),
    ("nullif(", ", '')"),
    ("abs(", ")"),
    ("left(", ", 3)"),
    ("substr(", ", 2)"),
    ("CAST(", " AS char)"),
    ("CAST(", " AS text)"),
    ("", " + 1"),
    ("", " || 'x'"),
    ("concat(", ", 'x')"),
    ("- ", ""),
];

/// The pair with one change; `others` are pairs to take a statement from.
pub(super) fn mutate(case: &mut Case, others: &[Case], rng: &mut Rng) {
    if rng.u8(..5) == 0 {
        case.before = changed(&case.before, others, rng, true);
    } else if rng.u8(..3) == 0 {
        case.down = changed(&case.down, others, rng, false);
    } else {
        case.up = changed(&case.up, others, rng, false);
    }
}

fn changed(sql: &str, others: &[Case], rng: &mut Rng, schema: bool) -> String {
    // A change that finds no place is tried at another kind.
    for _ in 0..8 {
        let found = match rng.u8(..if schema { 4 } else { 12 }) {
            0 | 1 => other_word(sql, rng),
            2 => without_words(sql, rng),
            3 => other_name(sql, rng),
            4 => without_condition(sql, rng),
            5 => other_constant(sql, rng),
            6 => swapped_items(sql, rng),
            7 => without_item(sql, rng),
            8 => wrapped(sql, rng),
            9 => limited(sql, rng),
            10 => about_statements(sql, rng),
            _ => spliced(sql, others, rng),
        };
        if let Some(found) = found.filter(|found| found != sql) {
            return found;
        }
    }
    sql.to_owned()
}

fn pick<T>(mut items: Vec<T>, rng: &mut Rng) -> Option<T> {
    (!items.is_empty()).then(|| items.swap_remove(rng.usize(..items.len())))
}

/// Where `word` stands, whole and in any case of its letters.
fn places(sql: &str, word: &str) -> Vec<usize> {
    let (low, word) = (sql.to_ascii_lowercase(), word.to_ascii_lowercase());
    let letter =
        |at: Option<u8>| at.is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let bytes = low.as_bytes();
    let edges = (letter(word.bytes().next()), letter(word.bytes().last()));
    low.match_indices(&word)
        .map(|(at, _)| at)
        .filter(|&at| {
            let before = at.checked_sub(1).map(|at| bytes[at]);
            let after = bytes.get(at + word.len()).copied();
            !(edges.0 && letter(before) || edges.1 && letter(after))
        })
        .collect()
}

fn replaced(sql: &str, at: usize, length: usize, new: &str) -> Option<String> {
    Some(format!(
        "{}{new}{}",
        sql.get(..at)?,
        sql.get(at + length..)?
    ))
}

fn other_word(sql: &str, rng: &mut Rng) -> Option<String> {
    let mut found = Vec::new();
    for group in WORDS {
        // The longest that stands there is the one that is meant.
        let mut taken = Vec::new();
        let mut words = group.to_vec();
        words.sort_by_key(|word| std::cmp::Reverse(word.len()));
        for word in words {
            for at in places(sql, word) {
                if !taken.contains(&at) {
                    taken.push(at);
                    found.push((group, word, at));
                }
            }
        }
    }
    let (group, word, at) = pick(found, rng)?;
    replaced(sql, at, word.len(), group[rng.usize(..group.len())])
}

fn without_words(sql: &str, rng: &mut Rng) -> Option<String> {
    const GONE: [&str; 16] = [
        "PRIMARY KEY",
        "NOT NULL",
        "UNIQUE",
        "DISTINCT",
        "ONLY",
        "IF EXISTS",
        "IF NOT EXISTS",
        "UNSIGNED",
        "ON CONFLICT DO NOTHING",
        "ALL",
        "IGNORE",
        "OR IGNORE",
        "OR REPLACE",
        "NOT",
        "CASCADE",
        "TEMPORARY",
    ];
    let found = GONE.iter().flat_map(|word| {
        places(sql, word)
            .into_iter()
            .map(move |at| (at, word.len()))
    });
    let (at, length) = pick(found.collect(), rng)?;
    replaced(sql, at, length, "")
}

/// The names and words of a script, with their places.
fn words(sql: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let mut start = None;
    for (at, letter) in sql.char_indices().chain([(sql.len(), ' ')]) {
        let within = letter.is_ascii_alphanumeric() || letter == '_' || letter == '@';
        match (start, within) {
            (None, true) => start = Some(at),
            (Some(from), false) => {
                found.push((from, &sql[from..at]));
                start = None;
            }
            _ => {}
        }
    }
    found
}

/// Written in small letters, as the cases write what is theirs.
fn is_name(word: &str) -> bool {
    word.starts_with(|letter: char| letter.is_ascii_lowercase())
        && word.len() < 12
        && !matches!(
            word,
            "int"
                | "text"
                | "bigint"
                | "varchar"
                | "char"
                | "boolean"
                | "integer"
                | "plpgsql"
                | "sql"
                | "void"
        )
}

fn other_name(sql: &str, rng: &mut Rng) -> Option<String> {
    let names: Vec<_> = words(sql)
        .into_iter()
        .filter(|(_, word)| is_name(word))
        .collect();
    let (at, old) = pick(names.clone(), rng)?;
    let (_, new) = pick(names, rng)?;
    replaced(sql, at, old.len(), new)
}

/// Where the clause that begins at `at` ends: before what closes it or follows it.
fn clause_end(sql: &str, at: usize) -> usize {
    const NEXT: [&str; 12] = [
        "GROUP",
        "ORDER",
        "LIMIT",
        "RETURNING",
        "UNION",
        "EXCEPT",
        "ON",
        "LOOP",
        "THEN",
        "WHEN",
        "DO",
        "INTERSECT",
    ];
    let mut depth = 0_i32;
    for (offset, letter) in sql[at..].char_indices() {
        match letter {
            '(' => depth += 1,
            ')' if depth == 0 => return at + offset,
            ')' => depth -= 1,
            ';' => return at + offset,
            _ if depth == 0
                && offset > 0
                && NEXT.iter().any(|next| sql[at + offset..].starts_with(next)) =>
            {
                return at + offset;
            }
            _ => {}
        }
    }
    sql.len()
}

fn without_condition(sql: &str, rng: &mut Rng) -> Option<String> {
    let mut found = places(sql, "WHERE");
    found.extend(places(sql, "AND"));
    found.extend(places(sql, "OR"));
    found.extend(places(sql, "GROUP BY"));
    let at = pick(found, rng)?;
    let end = clause_end(sql, at);
    replaced(sql, at, end - at, " ")
}

fn other_constant(sql: &str, rng: &mut Rng) -> Option<String> {
    let mut found: Vec<(usize, usize, String)> = words(sql)
        .into_iter()
        .filter_map(|(at, word)| Some((at, word.len(), word.parse::<i64>().ok()?)))
        .map(|(at, length, number)| {
            let new = [number.wrapping_add(1), number.wrapping_sub(1), 0, 1, 40];
            (at, length, new[rng.usize(..new.len())].to_string())
        })
        .collect();
    let quotes: Vec<usize> = sql.match_indices('\'').map(|(at, _)| at).collect();
    for pair in quotes.chunks_exact(2) {
        let new = ["''", "'a'", "'A'", "NULL", "'x'", "' '"][rng.usize(..6)];
        found.push((pair[0], pair[1] + 1 - pair[0], new.to_owned()));
    }
    let (at, length, new) = pick(found, rng)?;
    replaced(sql, at, length, &new)
}

/// The items round each comma: where both begin and end.
fn neighbours(sql: &str) -> Vec<[usize; 4]> {
    let ends = |letter: char| matches!(letter, ',' | '(' | ')' | ';' | '\n');
    sql.match_indices(',')
        .filter_map(|(at, _)| {
            let start = sql[..at].rfind(ends)? + 1;
            let end = at + 1 + sql[at + 1..].find(ends)?;
            Some([start, at, at + 1, end])
        })
        .collect()
}

fn swapped_items(sql: &str, rng: &mut Rng) -> Option<String> {
    let [a, b, c, d] = pick(neighbours(sql), rng)?;
    // The first item of a SELECT has that word in front.
    let first = sql[a..b].rfind("SELECT ").map_or(a, |at| a + at + 7);
    let last = sql[c..d].find(" FROM").map_or(d, |at| c + at);
    let new = format!("{}, {}", sql[c..last].trim(), sql[first..b].trim());
    replaced(sql, first, last - first, &new)
}

fn without_item(sql: &str, rng: &mut Rng) -> Option<String> {
    let [a, b, c, d] = pick(neighbours(sql), rng)?;
    let first = sql[a..b].rfind("SELECT ").map_or(a, |at| a + at + 7);
    let last = sql[c..d].find(" FROM").map_or(d, |at| c + at);
    match rng.bool() {
        true => replaced(sql, first, c - first, ""),
        false => replaced(sql, b, last - b, ""),
    }
}

fn wrapped(sql: &str, rng: &mut Rng) -> Option<String> {
    let names = words(sql).into_iter().filter(|(_, word)| is_name(word));
    let (at, name) = pick(names.collect(), rng)?;
    let (open, close) = WRAPPERS[rng.usize(..WRAPPERS.len())];
    replaced(sql, at, name.len(), &format!("{open}{name}{close}"))
}

fn limited(sql: &str, rng: &mut Rng) -> Option<String> {
    let at = pick(places(sql, "SELECT"), rng)?;
    let mut end = clause_end(sql, at);
    while sql[end..].starts_with(|letter: char| letter.is_ascii_alphabetic()) {
        end = clause_end(sql, end);
    }
    let tail = [
        " LIMIT 1",
        " LIMIT 2",
        " OFFSET 1",
        " WHERE id > 0",
        " GROUP BY id",
        " LIMIT 1000000",
        " ORDER BY 1",
    ];
    replaced(sql, end, 0, tail[rng.usize(..tail.len())])
}

/// The statements of a script, as far as lines that end in `;` tell.
fn statements(sql: &str) -> Vec<String> {
    let mut found = vec![String::new()];
    for line in sql.lines() {
        if let Some(last) = found.last_mut() {
            last.push_str(line);
            last.push('\n');
            let opened = last.matches("$$").count() % 2 == 1;
            let body = last.contains("BEGIN") && !last.trim_end().ends_with("END;");
            if line.trim_end().ends_with(';') && !opened && !body {
                found.push(String::new());
            }
        }
    }
    found.retain(|one| !one.trim().is_empty());
    found
}

fn about_statements(sql: &str, rng: &mut Rng) -> Option<String> {
    let mut all = statements(sql);
    let at = pick((0..all.len()).collect(), rng)?;
    match rng.u8(..3) {
        0 if all.len() > 1 => {
            all.remove(at);
        }
        1 if all.len() > 1 => {
            let other = rng.usize(..all.len());
            all.swap(at, other);
        }
        _ => all.insert(at, all[at].clone()),
    }
    Some(all.concat())
}

fn spliced(sql: &str, others: &[Case], rng: &mut Rng) -> Option<String> {
    let other = others.get(rng.usize(..others.len()))?;
    let from = if rng.bool() { &other.up } else { &other.down };
    let new = pick(statements(from), rng)?;
    let mut all = statements(sql);
    all.insert(rng.usize(..=all.len()), new);
    Some(all.concat())
}
