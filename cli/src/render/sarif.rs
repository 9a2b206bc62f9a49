//! What does code scanning read? SARIF 2.1.0.

use onward_analysis::Severity;
use onward_analysis::rules::{RULES, Rule};
use serde_json::{Value, json};

use crate::Failure;
use crate::report::Report;

/// The report as a SARIF log of one run.
pub(crate) fn sarif(report: &Report) -> Result<String, Failure> {
    let results: Vec<Value> = report
        .findings()
        .filter_map(|(judged, finding)| {
            let position = judged.position(finding)?;
            let (end_line, end_column) = position.end();
            let mut text = finding.message.clone();
            for line in &finding.help {
                text.push_str("\nhelp: ");
                text.push_str(line);
            }
            Some(json!({
                "ruleId": finding.rule,
                "ruleIndex": RULES.iter().position(|rule| rule.name == finding.rule),
                "level": finding.severity.name(),
                "message": { "text": text },
                "locations": [{ "physicalLocation": {
                    "artifactLocation": { "uri": uri(&position.file.path.to_string_lossy()) },
                    "region": {
                        "startLine": position.line,
                        "startColumn": position.column,
                        "endLine": end_line,
                        "endColumn": end_column,
                    },
                } }],
            }))
        })
        .collect();
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "onward",
                "version": env!("CARGO_PKG_VERSION"),
                "informationUri": env!("CARGO_PKG_REPOSITORY"),
                "rules": RULES.iter().map(descriptor).collect::<Vec<Value>>(),
            } },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    serde_json::to_string_pretty(&log)
        .map(|text| text + "\n")
        .map_err(|e| Failure(format!("the report cannot be written as SARIF: {e}")))
}

fn descriptor(rule: &Rule) -> Value {
    let explanation = rule.explanation();
    let severity = Severity::of(rule.level()).unwrap_or(Severity::Note);
    json!({
        "id": rule.name,
        "shortDescription": { "text": rule.question() },
        "defaultConfiguration": { "level": severity.name() },
        "help": { "text": explanation, "markdown": explanation },
    })
}

/// A path as a relative reference: everything but unreserved characters and `/` is encoded.
fn uri(path: &str) -> String {
    let mut uri = String::new();
    // Elsewhere than on Windows a backslash is a part of a name.
    for byte in path.replace(std::path::MAIN_SEPARATOR, "/").bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                uri.push(char::from(byte));
            }
            other => uri.push_str(&format!("%{other:02X}")),
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_encoded() {
        assert_eq!(uri("a b/é#.sql"), "a%20b/%C3%A9%23.sql");
        let expected = if cfg!(windows) { "a/b" } else { "a%5Cb" };
        assert_eq!(uri("a\\b"), expected);
    }
}
