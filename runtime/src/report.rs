//! What is shown to a person, and handed to a program, about what is planned and what happened?

mod plan;

pub use plan::{LossReport, PlanReport, StepReport};
