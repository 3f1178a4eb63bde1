//! Runs many seeds, or tells the story of one.
//!
//! `cargo run -p tallyman-sim --example seeds -- --from 0 --count 10000`
//! `cargo run -p tallyman-sim --example seeds -- --seed 42 --story`
#![allow(clippy::print_stdout, clippy::print_stderr, missing_docs, reason = "a command")]

use std::{
    process::ExitCode,
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};
use tallyman_sim::world::{Scenario, run};

/// So many failing seeds are enough to see what is wrong, unless told otherwise.
const FAILURES_MAX: usize = 10;
const STORY_LINES_MAX: usize = 120;

struct Asked {
    from: u64,
    count: u64,
    threads: usize,
    failures_max: usize,
    seed: Option<u64>,
    story: bool,
    out: Option<String>,
}

fn asked() -> Result<Asked, String> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let mut asked = Asked {
        from: 0,
        count: 1_000,
        threads: cores,
        failures_max: FAILURES_MAX,
        seed: None,
        story: false,
        out: None,
    };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or_else(|| format!("{word} needs a value"));
        let number = |text: String| text.parse::<u64>().map_err(|_| format!("{text} is no number"));
        match word.as_str() {
            "--from" => asked.from = number(value()?)?,
            "--count" => asked.count = number(value()?)?,
            "--threads" => asked.threads = usize::try_from(number(value()?)?).unwrap_or(1).max(1),
            "--failures" => asked.failures_max = usize::try_from(number(value()?)?).unwrap_or(1).max(1),
            "--seed" => asked.seed = Some(number(value()?)?),
            "--out" => asked.out = Some(value()?),
            "--story" => asked.story = true,
            _ => {
                return Err(format!(
                    "{word}? --from N --count N --threads N --failures N --out FILE, or --seed N --story"
                ));
            }
        }
    }
    Ok(asked)
}

/// One seed: what was broken, with its story.
fn tell(seed: u64, whole: bool) -> Option<String> {
    let outcome = run(&Scenario::seeded(seed));
    let trace = outcome.world.trace.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if whole {
        println!("{}", trace.text());
    }
    let (order, _) = outcome.broken.first()?;
    let wrong: Vec<String> = outcome.broken.iter().map(|(order, what)| format!("  order {order} {what}")).collect();
    Some(format!(
        "seed {seed}\n{}\n{}\nTo see it again: cargo run -p tallyman-sim --example seeds -- --seed {seed} --story\n",
        trace.story(*order, STORY_LINES_MAX),
        wrong.join("\n"),
    ))
}

fn main() -> ExitCode {
    let asked = match asked() {
        Ok(asked) => asked,
        Err(what) => {
            eprintln!("{what}");
            return ExitCode::FAILURE;
        }
    };
    if let Some(seed) = asked.seed {
        return match tell(seed, asked.story) {
            Some(story) => {
                println!("{story}");
                ExitCode::FAILURE
            }
            None => {
                println!("seed {seed}: nothing is wrong");
                ExitCode::SUCCESS
            }
        };
    }
    let (next, done, calls, enough) = (AtomicU64::new(0), AtomicU64::new(0), AtomicU64::new(0), AtomicBool::new(false));
    let failures = Mutex::new(Vec::new());
    let begun = Instant::now();
    let summary = || {
        let (seeds, seconds) = (done.load(Relaxed), begun.elapsed().as_secs_f64());
        let failed = failures.lock().map_or(0, |f: std::sync::MutexGuard<'_, Vec<String>>| f.len());
        format!(
            "{seeds} seeds, {failed} failed, {} calls, {seconds:.0} s, {:.0} seeds a second",
            calls.load(Relaxed),
            seeds as f64 / seconds.max(0.001)
        )
    };
    std::thread::scope(|scope| {
        for _ in 0..asked.threads {
            scope.spawn(|| {
                loop {
                    let n = next.fetch_add(1, Relaxed);
                    if n >= asked.count || enough.load(Relaxed) {
                        return;
                    }
                    let seed = asked.from + n;
                    let outcome = run(&Scenario::seeded(seed));
                    calls.fetch_add(u64::from(outcome.world.calls()), Relaxed);
                    if !outcome.broken.is_empty()
                        && let Ok(mut failures) = failures.lock()
                    {
                        failures.extend(tell(seed, false));
                        enough.store(failures.len() >= asked.failures_max, Relaxed);
                    }
                    done.fetch_add(1, Relaxed);
                }
            });
        }
        let mut told = Instant::now();
        while done.load(Relaxed) < asked.count && !enough.load(Relaxed) {
            std::thread::sleep(Duration::from_millis(20));
            if told.elapsed() > Duration::from_secs(10) {
                told = Instant::now();
                eprintln!("{}", summary());
            }
        }
    });
    let failures = failures.into_inner().unwrap_or_default();
    let count = failures.len();
    let text = format!("seeds {} to {}: {}\n", asked.from, asked.from + asked.count - 1, {
        let (seeds, seconds) = (done.load(Relaxed), begun.elapsed().as_secs_f64());
        format!(
            "{seeds} run, {count} failed, {} outbound calls, {seconds:.0} s, {:.0} seeds a second on {} threads",
            calls.load(Relaxed),
            seeds as f64 / seconds.max(0.001),
            asked.threads
        )
    });
    failures.iter().for_each(|failure| println!("{failure}"));
    println!("{text}");
    if let Some(out) = &asked.out
        && let Err(error) = std::fs::write(out, &text)
    {
        eprintln!("{out}: {error}");
    }
    if count == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
