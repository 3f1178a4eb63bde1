//! Writes sample proofs to `target/proof-samples/`, to be looked at: `cargo run -p tallyman-proof --example sample`.

#[path = "../tests/samples/mod.rs"]
mod samples;

use std::path::Path;
use std::time::Instant;
use tallyman_proof::Renderer;

/// Resident memory in kilobytes, on Linux.
fn resident_kb() -> Option<String> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    Some(status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?.trim().to_owned())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/proof-samples");
    std::fs::create_dir_all(&folder)?;
    let start = Instant::now();
    let mut renderer = Renderer::new()?;
    eprintln!("renderer  {:>9.2?}  {}", start.elapsed(), resident_kb().unwrap_or_default());
    let mut all = vec![("english", samples::english())];
    all.extend(samples::scripts());
    all.push(("two-hundred-lines", samples::two_hundred_lines()));
    all.push(("hostile", samples::hostile()));
    for (name, facts) in all {
        let start = Instant::now();
        let png = renderer.render(&facts)?;
        let first = start.elapsed();
        let start = Instant::now();
        renderer.render(&facts)?;
        let again = start.elapsed();
        let memory = resident_kb().unwrap_or_default();
        eprintln!("{name:<18} {:>7} bytes, {first:>9.2?}, again {again:>9.2?}, resident {memory}", png.len());
        std::fs::write(folder.join(format!("{name}.png")), png)?;
    }
    Ok(())
}
