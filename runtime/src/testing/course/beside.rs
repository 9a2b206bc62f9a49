//! What is different after a down that no shape shows?

use super::{Course, Moment, Trial};
use crate::testing::report::Remark;
use crate::testing::{numbers, schema};
use crate::{Direction, Result};

impl<'c> Course<'c> {
    /// The order of columns, and the numbers that come next.
    pub(super) async fn look_beside(
        &mut self,
        trial: &Trial<'c>,
        undone: &Moment,
        behind: &[String],
    ) -> Result<()> {
        let record = trial.record;
        if record.marks.allow.contains_key("not_restored") {
            return Ok(());
        }
        let reordered = schema::reordered(&trial.before.tables, &undone.tables);
        if !reordered.is_empty() {
            self.note(record, Direction::Down, Remark::Reordered(reordered));
        }
        let session = self.engine()?.session.as_mut();
        let mut now = numbers::behind(session, &undone.tables).await?;
        now.retain(|column| !behind.contains(column));
        if !now.is_empty() {
            self.note(record, Direction::Down, Remark::Renumbered(now));
        }
        Ok(())
    }
}
