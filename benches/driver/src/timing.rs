//! How long does each contestant take, measured so that a busy machine is unfair to none of them?

use std::time::{Duration, Instant};

use nix::sys::resource::{UsageWho, getrusage};

use crate::Result;

/// What one run took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Taken {
    pub(crate) wall: Duration,
    /// The time that all its processes spent on processors.
    pub(crate) cpu: Duration,
}

/// Times `run`, whose work is done by child processes that it waits for.
pub(crate) fn time(run: impl FnOnce() -> Result<()>) -> Result<Taken> {
    let cpu_before = children()?;
    let began = Instant::now();
    run()?;
    Ok(Taken {
        wall: began.elapsed(),
        cpu: children()?.saturating_sub(cpu_before),
    })
}

fn children() -> Result<Duration> {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let of = |time: nix::sys::time::TimeVal| {
        let micros = time.tv_sec() * 1_000_000 + time.tv_usec();
        Duration::from_micros(micros.unsigned_abs())
    };
    Ok(of(usage.user_time()) + of(usage.system_time()))
}

/// Runs every contestant in turn, round after round (A B C, A B C, …), and gives each one's medians.
pub(crate) fn interleave<C: Copy>(
    contestants: &[C],
    rounds: usize,
    mut run: impl FnMut(C, usize) -> Result<Taken>,
) -> Result<Vec<Taken>> {
    let mut taken: Vec<Vec<Taken>> = contestants.iter().map(|_| Vec::new()).collect();
    for round in 0..rounds {
        for (contestant, taken) in contestants.iter().zip(&mut taken) {
            taken.push(run(*contestant, round)?);
        }
    }
    Ok(taken.iter().map(|runs| median(runs)).collect())
}

fn median(runs: &[Taken]) -> Taken {
    let middle = |of: fn(&Taken) -> Duration| {
        let mut times: Vec<Duration> = runs.iter().map(of).collect();
        times.sort_unstable();
        times.get(times.len() / 2).copied().unwrap_or_default()
    };
    Taken {
        wall: middle(|taken| taken.wall),
        cpu: middle(|taken| taken.cpu),
    }
}
