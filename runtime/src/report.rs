//! What is shown to a person, and handed to a program, about what is planned and what happened?

mod plan;
mod run;
mod status;

pub use plan::{ChangeReport, LossReport, PlanReport, StepReport};
pub use run::{Ran, RunReport};
pub use status::{Standing, Standpoint, Status};
