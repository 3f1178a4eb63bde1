//! Runs the crash matrix. Exit code 0 only when nothing is lost and nothing is twice.

use clap::Parser;
use futures::{StreamExt as _, stream};
use std::{io::Write as _, path::PathBuf, process::ExitCode, sync::Arc};
use tallyman_crash::{
    bite::bite,
    emulator::{Trouble, target},
    lab::Lab,
    matrix::Case,
    redrive::redrive,
    report::Report,
    scenario::{self, Scenario},
    walk::walk,
    world::Terms,
};

/// Every function, killed and failed at each of its outbound calls, and two at once; then redelivered. The sandboxes'
/// own books are balanced: nothing lost, nothing twice.
#[derive(Debug, Parser)]
struct Arguments {
    /// Only the ways that `make test` has time for.
    #[arg(long)]
    quick: bool,
    /// Exactly this case, or all whose names begin so: `scenario/step-function/call/fault`.
    #[arg(long, default_value = "")]
    case: String,
    /// Only cases whose names contain this.
    #[arg(long, default_value = "")]
    only: String,
    /// Names the cases and their calls, runs none.
    #[arg(long)]
    list: bool,
    /// Instead of the matrix: the outside breaks its promises, and each time the matrix has to notice.
    #[arg(long)]
    bite: bool,
    /// No cases: only everything redriven, twice.
    #[arg(long)]
    redrive: bool,
    /// Tells the story of each case, also of those that end well.
    #[arg(long)]
    story: bool,
    /// Cases at once.
    #[arg(long, default_value_t = 10)]
    at_once: usize,
    /// Emulators.
    #[arg(long, default_value_t = 2)]
    emulators: usize,
    /// Where the built binaries are (default: the debug folder of the target directory).
    #[arg(long)]
    binaries: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(trouble) => {
            eprintln!("crash: {trouble}");
            ExitCode::from(2)
        }
    }
}

fn wanted(arguments: &Arguments) -> Vec<Scenario> {
    let of_case = arguments.case.split('/').next().unwrap_or_default();
    let all = scenario::all().into_iter().filter(|s| s.quick || !arguments.quick);
    all.filter(|s| of_case.is_empty() || s.name == of_case).collect()
}

async fn run(arguments: Arguments) -> Result<bool, Trouble> {
    let binaries = arguments.binaries.clone().unwrap_or_else(|| target().join("debug"));
    let lab = Arc::new(Lab::open(binaries, arguments.emulators).await?);
    if arguments.bite {
        let unnoticed = bite(&lab).await?;
        unnoticed.iter().for_each(|sentence| eprintln!("crash: {sentence}"));
        return Ok(unnoticed.is_empty());
    }
    let scenarios = wanted(&arguments);
    let mut cases = Vec::new();
    for scenario in &scenarios {
        let walked = Arc::new(walk(&lab, scenario, Terms::default()).await?);
        cases.extend(Case::of(&walked));
    }
    let whole = |case: &Case| arguments.case.matches('/').count() < 3 || case.name() == arguments.case;
    cases.retain(|case| {
        case.name().starts_with(&arguments.case) && whole(case) && case.name().contains(&arguments.only)
    });
    if arguments.redrive {
        cases.clear();
    } else if cases.is_empty() {
        return Err("there is no such case: --list names them".into());
    }
    let mut out = std::io::stdout();
    if arguments.list {
        for case in &cases {
            writeln!(out, "{}  {}", case.name(), case.call())?;
        }
        return Ok(true);
    }
    let mut report = Report::new(cases.len());
    let mut running = stream::iter(cases)
        .map(|case| {
            let lab = lab.clone();
            async move { tokio::spawn(async move { case.run(&lab, Terms::default()).await }).await }
        })
        .buffer_unordered(arguments.at_once.max(1));
    while let Some(ended) = running.next().await {
        let ended = ended??;
        if arguments.story {
            writeln!(out, "\n{} at {}\n  {}", ended.name, ended.call, ended.story.join("\n  "))?;
        }
        report.add(ended);
    }
    if arguments.case.is_empty() && arguments.only.is_empty() {
        for scenario in scenarios.iter().filter(|s| matches!(s.name, "aliexpress" | "alibaba" | "batches")) {
            let changed = redrive(&lab, scenario, 2).await?;
            report.add_extra(format!("{}: everything redriven, twice", scenario.name), changed);
        }
        if !arguments.redrive {
            report.write(&target().join("crash/summary.json"))?;
        }
    }
    report.tell(&mut out)?;
    Ok(report.is_good())
}
