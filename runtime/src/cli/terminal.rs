//! How does a person consent?

use std::io::{BufRead, IsTerminal as _, Write};

use crate::{Consent, Decision, Outcome};

/// Shows what is lost and asks for the database's name, where the decision wants consent and a person is there to give
/// it. None where nobody is, or they typed anything else.
pub(super) fn consent(decision: &Decision, by: &str) -> Option<Consent> {
    let stdin = std::io::stdin();
    if !stdin.is_terminal() {
        return None;
    }
    asked(decision, by, &mut stdin.lock(), &mut std::io::stderr())
}

fn asked(
    decision: &Decision,
    by: &str,
    input: &mut impl BufRead,
    output: &mut impl Write,
) -> Option<Consent> {
    if !matches!(decision.outcome, Outcome::NeedsConsent(_)) {
        return None;
    }
    let database = &decision.site.database;
    let short = short(database);
    writeln!(output, "{}", decision.question()).ok()?;
    write!(output, "Type the database's name, {short}, to lose this: ").ok()?;
    output.flush().ok()?;
    let mut line = String::new();
    input.read_line(&mut line).ok()?;
    let typed = line.trim();
    let by = if by.is_empty() {
        "somebody at the terminal"
    } else {
        by
    };
    let agreed = !typed.is_empty() && (typed == short || typed == database);
    if !agreed {
        let typed = typed.escape_debug();
        writeln!(output, "`{typed}` is not `{short}`: that is no consent.").ok()?;
    }
    agreed.then(|| {
        Consent::new(
            by,
            &decision.site,
            &decision.plan.hash,
            decision.losing.clone(),
        )
        .seeing(&decision.answers)
    })
}

/// A file is named by its last part, so that nobody types a path.
fn short(database: &str) -> &str {
    database.rsplit(['/', '\\']).next().unwrap_or(database)
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use onward_analysis::Dialect;

    use super::*;
    use crate::fixture::{back, phone};
    use crate::{Environment, Given, Policy, Revert, Site, decide};

    fn decision(environment: Environment, given: &Given) -> Decision {
        let plan = back(vec![phone(3, Dialect::Sqlite)], Revert::Last);
        let site = Site {
            database: "/srv/shop.db".to_owned(),
            environment,
            server: None,
            ledger: None,
        };
        let policy = Policy::of_tier(site.environment.tier());
        decide(&plan, &site, &policy, &[], given, SystemTime::now())
    }

    fn typed(environment: Environment, line: &str) -> (Option<Consent>, String) {
        let mut output = Vec::new();
        let decision = decision(environment, &Given::default());
        let consent = asked(&decision, "ada", &mut line.as_bytes(), &mut output);
        (consent, String::from_utf8(output).unwrap())
    }

    #[test]
    fn the_name_is_consent() {
        for line in ["shop.db\n", "  shop.db", "/srv/shop.db\n"] {
            let (consent, shown) = typed(Environment::staging(), line);
            let given = Given {
                consent: Some(consent.unwrap()),
                ..Given::default()
            };
            assert!(decision(Environment::staging(), &given).runs());
            assert!(shown.contains("users.phone_number"), "{shown}");
        }
    }

    #[test]
    fn anything_else_is_none() {
        for line in ["", "\n", "y\n", "yes\n", "shop\n", "SHOP.DB\n"] {
            let (consent, shown) = typed(Environment::staging(), line);
            assert_eq!(consent, None, "{line:?}");
            assert!(shown.contains("` is not `shop.db`"), "{shown}");
        }
    }

    #[test]
    fn nobody_is_asked_what_consent_cannot_open() {
        let (consent, shown) = typed(Environment::production(), "shop.db\n");
        assert_eq!((consent, shown.as_str()), (None, ""));
    }
}
