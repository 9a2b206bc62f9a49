//! Which marks do the verdicts call for?

use super::stale_mark::Needed;
use super::unused_allow::fires;
use super::{Judged, Rule};
use crate::newer;
use crate::{Marks, Reason};

/// The marks that satisfy every rule: those that stand and are true, and those that are missing, with a reason made from
/// what is lost.
pub(crate) fn called_for(judged: &Judged<'_>) -> Marks {
    let mut marks = judged.subject.marks.clone();
    let needed = Needed::of(judged);
    if !needed.destructive {
        marks.destructive = None;
    }
    if !needed.lossy {
        marks.lossy = None;
    }
    if !needed.assert_lossless {
        marks.assert_lossless = None;
    }
    if !needed.declared {
        (marks.takes, marks.changes) = (Vec::new(), Vec::new());
    }
    marks
        .allow
        .retain(|name, _| Rule::named(name).is_some_and(|rule| fires(rule, judged)));
    if judged.subject.down.is_none() {
        let reason = || "no down was written".to_owned();
        marks.irreversible.get_or_insert_with(reason);
    } else if judged.down_acts {
        marks.irreversible = None;
    } else if judged.up_acts {
        let reason = || "the down does nothing".to_owned();
        marks.irreversible.get_or_insert_with(reason);
    }
    admit_up(judged, &mut marks);
    admit_down(judged, &mut marks);
    marks
}

fn admit_up(judged: &Judged<'_>, marks: &mut Marks) {
    let up = judged.up_weight();
    if marks.lossy.is_some() || marks.irreversible.is_some() {
        return;
    }
    if up.is_lossy() {
        marks.lossy = Some(newer::lossy(&up.deeds()));
    } else if up.is_unknown() && marks.assert_lossless.is_none() {
        marks.lossy = Some(newer::not_understood(&up.reason()));
    }
}

fn admit_down(judged: &Judged<'_>, marks: &mut Marks) {
    let Some(down) = judged.down_weight() else {
        return;
    };
    if let Some(Reason(Some(_))) = marks.destructive {
        return;
    }
    if down.takes_older() {
        let reason = newer::destructive(&down.deeds_to_older());
        marks.destructive = Some(Reason(Some(reason)));
    } else if down.is_unknown() && marks.assert_lossless.is_none() {
        let reason = newer::not_understood(&down.reason());
        marks.destructive = Some(Reason(Some(reason)));
    } else if down.is_lossy() {
        marks.destructive = Some(Reason(None));
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Case, loss, older};
    use crate::{LossKind, Marks, Reason};

    /// The marks that a case calls for satisfy every rule.
    fn marks(case: &Case) -> Marks {
        let marks = case.marks_called_for();
        let told = case.clone().marked(marks.clone()).first_line();
        let is_note = told.is_empty() || told.starts_with("not_understood: ");
        assert!(is_note, "{told} with {marks:?}");
        marks
    }

    fn destructive(reason: Option<&str>) -> Marks {
        Marks {
            destructive: Some(Reason(reason.map(str::to_owned))),
            ..Marks::default()
        }
    }

    #[test]
    fn ceremony_follows_the_damage() {
        let recent = Case::new().down_loses(loss("users.fax", LossKind::DropColumn));
        assert_eq!(marks(&recent), destructive(None));
        let old = recent.down_loses(older("users", LossKind::Truncate));
        assert_eq!(marks(&old), destructive(Some("the down empties users")));
        let unknown = Case::new().down_unknown("the SQL is \"built\" at run time");
        assert_eq!(
            marks(&unknown),
            destructive(Some("not understood: the SQL is 'built' at run time"))
        );
    }

    #[test]
    fn what_stands_and_is_true_stays() {
        let stands = Marks {
            lossy: Some("nobody sends a fax".into()),
            ..destructive(Some("they come from the import"))
        };
        let case = Case::new()
            .up_loses(older("users.fax", LossKind::DropColumn))
            .down_loses(older("users", LossKind::Truncate))
            .marked(stands.clone());
        assert_eq!(marks(&case), stands);
    }

    #[test]
    fn what_is_not_true_goes() {
        let case = Case::new().marked(Marks {
            lossy: Some("why".into()),
            irreversible: Some("why".into()),
            assert_lossless: Some("why".into()),
            ..destructive(None)
        });
        assert_eq!(marks(&case), Marks::default());
    }

    #[test]
    fn no_way_back_is_irreversible() {
        let irreversible = |why: &str| Marks {
            irreversible: Some(why.to_owned()),
            ..Marks::default()
        };
        let lossy = Case::new().up_loses(older("users.fax", LossKind::DropColumn));
        assert_eq!(
            marks(&lossy.clone().without_down()),
            irreversible("no down was written")
        );
        assert_eq!(
            marks(&lossy.clone().down_does_nothing()),
            irreversible("the down does nothing")
        );
        assert_eq!(
            marks(&lossy).lossy.as_deref(),
            Some("the up drops users.fax")
        );
    }
}
