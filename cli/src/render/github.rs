//! How does GitHub Actions show a finding beside the line that it is about?

use onward_analysis::Severity;

use crate::report::Report;

/// One workflow command for each finding.
pub(crate) fn github(report: &Report) -> String {
    let mut text = String::new();
    for (judged, finding) in report.findings() {
        let Some(position) = judged.position(finding) else {
            continue;
        };
        let command = match finding.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "notice",
        };
        let mut message = finding.message.clone();
        for line in &finding.help {
            message.push_str("\nhelp: ");
            message.push_str(line);
        }
        text.push_str(&format!(
            "::{command} file={},line={},col={},endLine={},title={}::{}\n",
            property(&position.file.path.to_string_lossy()),
            position.line,
            position.column,
            position.end().0,
            property(finding.rule),
            data(&message),
        ));
    }
    text
}

/// What stands after `::`; GitHub undoes these three.
fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// A property's value, in which its separators are escaped too.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separators_cannot_end_a_property_early() {
        assert_eq!(property("a,b:c%\n"), "a%2Cb%3Ac%25%0A");
    }
}
