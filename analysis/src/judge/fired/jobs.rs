//! What do the events of MySQL's scheduler do once somebody enables them, or says when they are due?

use std::sync::Arc;

use crate::act::{Name, OfJob};
use crate::judge::run::Run;
use crate::schema::Job;

impl Run<'_> {
    /// An event is made or altered. What it does may happen at any time from then on, where it is due once.
    pub(in crate::judge) fn job(&mut self, name: &Name, what: &OfJob) {
        let key = self.key(name);
        let known = self.schema.jobs.get(&key).cloned();
        match (what, known) {
            (OfJob::Made { once, does }, _) => {
                let (once, does) = (*once, Arc::new(does.clone()));
                self.schema.jobs.insert(key, Job { once, does });
            }
            (OfJob::Does(does), Some(known)) => {
                let does = Arc::new(does.clone());
                self.schema.jobs.insert(key, Job { does, ..known });
            }
            (OfJob::Called(to), Some(known)) => {
                self.schema.jobs.remove(&key);
                let to = self.key(to);
                self.schema.jobs.insert(to, known);
            }
            (OfJob::Due, Some(known)) => self.do_job(&known),
            (OfJob::Enabled, Some(known)) if known.once => self.do_job(&known),
            (OfJob::Due, None) => self.miss_job(name),
            (OfJob::Enabled, None) if !self.schema.is_complete() => self.miss_job(name),
            _ => {}
        }
    }

    fn do_job(&mut self, job: &Job) {
        let mut steps = job.does.to_vec();
        crate::family::place(&mut steps, self.span);
        self.maybe(|run| run.nested(&steps));
    }

    fn miss_job(&mut self, name: &Name) {
        self.unknown(format!("what the event {} does is not known", name.name));
    }
}
