//! `explain`: what does a rule catch, why does it hurt, and what should be written instead?

use onward_analysis::rules::{RULES, Rule};

use crate::args::ExplainArgs;
use crate::{Answer, Failure};

/// The rule of a mistake in a header comment, which the analysis of the SQL never sees.
pub(crate) const HEADER: &str = "header";

/// The rule of a part that is not understood and that a mark answers for.
pub(crate) const NOT_UNDERSTOOD: &str = "not_understood";

/// What `check` reports beside the rules of the analysis.
const OWN: [(&str, &str); 2] = [
    (
        HEADER,
        "Can the marks at the head of the file be read?

## What it catches
A line `-- onward: …` with an unknown key, a reason that is empty or not quoted, or a place below the first statement.

## Why it hurts
A mark that is not read admits nothing.

## Example
```sql
-- onward: destuctive
DROP TABLE sessions;
```

## Write instead
```sql
-- onward: destructive
DROP TABLE sessions;
```
",
    ),
    (
        NOT_UNDERSTOOD,
        "Is every part of the SQL understood?

## What it catches
A part whose effect on data cannot be told. It is a note, because a mark already answers for it; where none does, the
error is `unknown_up` or `unknown_down`.

## Why it hurts
The verdict does not cover it: what it does rests on the author's word.

## Example
```sql
-- onward: destructive = \"runs the clean-up of the plug-in\"
CALL plugin_cleanup();
```

## Write instead
The statements themselves, where that is possible.
```sql
-- onward: destructive
DROP TABLE plugin_state;
```
",
    ),
];

/// Prints a rule's documentation; without a name, every rule in one line.
pub(crate) fn run(args: &ExplainArgs) -> Result<Answer, Failure> {
    let text = match &args.rule {
        Some(name) => explanation(name).ok_or_else(|| {
            let names: Vec<&str> = names().collect();
            Failure(format!(
                "`{name}` is no rule: there are {}",
                names.join(", ")
            ))
        })?,
        None => {
            let width = names().map(str::len).max().unwrap_or(0);
            names()
                .map(|name| format!("{name:width$}  {}\n", question(name)))
                .collect()
        }
    };
    Ok(Answer { text, clean: true })
}

/// The documentation of a rule, as Markdown.
pub(crate) fn explanation(name: &str) -> Option<String> {
    let own = OWN.iter().find(|(own, _)| *own == name);
    own.map(|(_, text)| (*text).to_owned())
        .or_else(|| Some(Rule::named(name)?.explanation()))
}

/// The question that a rule answers: the first line of its documentation.
pub(crate) fn question(name: &str) -> String {
    explanation(name)
        .and_then(|text| text.lines().next().map(str::to_owned))
        .unwrap_or_default()
}

/// Every rule that a report can name.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    let own = OWN.iter().map(|(name, _)| *name);
    RULES.iter().map(|rule| rule.name).chain(own)
}
