//! `explain`: what does a rule catch, why does it hurt, and what should be written instead?

use std::collections::BTreeMap;
use std::path::Path;

use onward_analysis::rules::{self, RULES, Rule, may_be_allowed};
use onward_analysis::{Level, Severity};

use crate::args::ExplainArgs;
use crate::{Answer, Failure, source};

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

/// Prints a rule's documentation and how strictly it is held; without a name, every rule in one line.
pub(crate) fn run(args: &ExplainArgs) -> Result<Answer, Failure> {
    let levels = source::config(Path::new("."))?.rules;
    let text = match &args.rule {
        Some(name) => {
            let text = explanation(name)
                .ok_or_else(|| Failure(may_be_allowed(name).err().unwrap_or_default()))?;
            format!("{text}\n{}\n", held(name, &levels))
        }
        None => list(&levels),
    };
    Ok(Answer { text, clean: true })
}

/// How strictly a rule is held, and what answers it: a paragraph of Markdown.
fn held(name: &str, levels: &BTreeMap<String, Level>) -> String {
    let rule = Rule::named(name);
    let answer = rule.map(|rule| rule.answer);
    match (rule, answer) {
        (Some(rule), Some(rules::Answer::Allow(own))) => {
            let level = levels.get(name).unwrap_or(&own).name();
            let by = match levels.get(rule.name) {
                Some(_) => format!("by onward.toml, `{}` by default", own.name()),
                None => "by default".to_owned(),
            };
            format!(
                "## Level\n`{level}` {by}. Another one for all migrations: `{name} = \"deny\"` (or `warn`, `note`, `allow`) below \
                 `[rules]` in onward.toml.\nFor one migration that is right as it is: `allow({name} = \"why\")`, in a SQL file \
                 `-- onward: allow({name} = \"why\")`."
            )
        }
        (_, Some(rules::Answer::Only(answer))) => {
            format!(
                "## Level\nAlways `deny`: it guards data or a mark. The answer to it is {answer}."
            )
        }
        _ if name == NOT_UNDERSTOOD => "## Level\nAlways `note`.".to_owned(),
        _ => "## Level\nAlways `deny`.".to_owned(),
    }
}

fn list(levels: &BTreeMap<String, Level>) -> String {
    let width = names().map(str::len).max().unwrap_or(0);
    let line =
        |name: &str, level: &str| format!("  {name:width$}  {level:5}  {}\n", question(name));
    let (mut fixed, mut free) = (String::new(), String::new());
    for rule in RULES {
        match rule.answer {
            rules::Answer::Only(_) => fixed.push_str(&line(rule.name, rule.level().name())),
            rules::Answer::Allow(own) => {
                let level = levels.get(rule.name).unwrap_or(&own);
                free.push_str(&line(rule.name, level.name()));
            }
        }
    }
    fixed.push_str(&line(HEADER, "deny"));
    fixed.push_str(&line(NOT_UNDERSTOOD, "note"));
    format!(
        "Answered by marks or by other SQL; their level is fixed:\n{fixed}\n\
         Set below `[rules]` in onward.toml, and allowed for one migration by `allow(rule = \"why\")`:\n{free}"
    )
}

/// The documentation of a rule, as Markdown.
pub(crate) fn explanation(name: &str) -> Option<String> {
    let own = OWN.iter().find(|(own, _)| *own == name);
    own.map(|(_, text)| (*text).to_owned())
        .or_else(|| Some(Rule::named(name)?.explanation()))
}

/// How bad a finding of a rule is by default.
pub(crate) fn severity(name: &str) -> Severity {
    match Rule::named(name) {
        Some(rule) => Severity::of(rule.level()).unwrap_or(Severity::Note),
        None if name == NOT_UNDERSTOOD => Severity::Note,
        None => Severity::Error,
    }
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
