//! `explain`: what does a rule catch, why does it hurt, and what should be written instead?

use std::collections::BTreeMap;
use std::path::Path;

use onward_analysis::rules::{self, RULES, Rule, may_be_allowed};
use onward_analysis::{Level, LossKind};

use crate::args::ExplainArgs;
use crate::{Answer, Failure, source};

/// Prints a rule's documentation and how strictly it is held; without a name, every rule in one line.
pub(crate) fn run(args: &ExplainArgs) -> Result<Answer, Failure> {
    let levels = source::config(Path::new("."))?.rules;
    let text = match &args.rule {
        Some(name) => {
            let rule = Rule::named(name).ok_or_else(|| Failure(no_rule(name)))?;
            format!("{}\n{}\n", rule.explanation(), held(rule, &levels))
        }
        None => list(&levels),
    };
    Ok(Answer { text, clean: true })
}

/// Why there is nothing to explain: verdicts name the kind of a loss beside what is lost, and that reads like a rule.
fn no_rule(name: &str) -> String {
    match serde_json::from_value::<LossKind>(name.into()) {
        Ok(_) => format!(
            "`{name}` is no rule, but the kind of a loss, as verdicts call it: `cargo onward explain unmarked_destructive_down` says \
             what answers a loss"
        ),
        Err(_) => may_be_allowed(name).err().unwrap_or_default(),
    }
}

/// How strictly a rule is held, and what answers it: a paragraph of Markdown.
fn held(rule: Rule, levels: &BTreeMap<String, Level>) -> String {
    let name = rule.name;
    match rule.answer {
        rules::Answer::Allow(own) => {
            let level = levels.get(name).unwrap_or(&own).name();
            let by = match levels.get(name) {
                Some(_) => format!("by onward.toml, `{}` by default", own.name()),
                None => "by default".to_owned(),
            };
            format!(
                "## Level\n`{level}` {by}. Another one for all migrations: `{name} = \"deny\"` (or `warn`, `note`, `allow`) below \
                 `[rules]` in onward.toml.\nFor one migration that is right as it is: `allow({name} = \"why\")`, in a SQL file \
                 `-- onward: allow({name} = \"why\")`."
            )
        }
        rules::Answer::Only(answer) => {
            format!(
                "## Level\nAlways `deny`: it guards data or a mark. The answer to it is {answer}."
            )
        }
    }
}

fn list(levels: &BTreeMap<String, Level>) -> String {
    let width = RULES.iter().map(|rule| rule.name.len()).max().unwrap_or(0);
    let (mut fixed, mut free) = (String::new(), String::new());
    for rule in RULES {
        let (list, level) = match rule.answer {
            rules::Answer::Only(_) => (&mut fixed, rule.level()),
            rules::Answer::Allow(own) => (&mut free, *levels.get(rule.name).unwrap_or(&own)),
        };
        let (name, level) = (rule.name, level.name());
        list.push_str(&format!(
            "  {name:width$}  {level:5}  {}\n",
            rule.question()
        ));
    }
    format!(
        "Answered by marks or by other SQL; their level is fixed:\n{fixed}\n\
         Set below `[rules]` in onward.toml, and allowed for one migration by `allow(rule = \"why\")`:\n{free}"
    )
}
