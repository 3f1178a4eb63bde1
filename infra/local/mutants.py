"""Breaks each promise on purpose and demands that the seeds notice.

    python3 infra/local/mutants.py [--count SEEDS] [--only WORD] [--skip COUNT] [--out FILE]

The list is shared/sim/mutants.toml. Each mutant is one replacement in a copy of the crates below target/mutants, which is
built and run; nothing in the tree is touched. What only makes orders late is made up for before a run ends, so the seeds can't
notice it: then a named test of the simulation or the domain has to. Exit code 0 only when every mutant was caught.
"""

import argparse
import os
import pathlib
import shutil
import subprocess
import sys
import time
import tomllib

ROOT = pathlib.Path(__file__).resolve().parents[2]
CRATES = ["shared/domain", "shared/app", "shared/sim"]
PLACE = ROOT / "target" / "mutants"
# One of its own, so that nobody waits for a lock; another one to reuse what is built already.
BUILD = pathlib.Path(os.environ.get("MUTANTS_TARGET_DIR", PLACE / "build"))
BUILD_S_MAX = 1800
RUN_S_MAX = 600


def copy() -> pathlib.Path:
    """The crates that the simulation is made of, as a workspace of their own."""
    tree = PLACE / "tree"
    if tree.exists():
        shutil.rmtree(tree)
    for crate in CRATES:
        # With new times: cargo must not take what an earlier mutant left in the build for the truth.
        shutil.copytree(ROOT / crate, tree / crate, copy_function=shutil.copyfile)
    for name in ["Cargo.lock", ".rustfmt.toml", ".clippy.toml"]:
        shutil.copy(ROOT / name, tree / name)
    lines = []
    for line in (ROOT / "Cargo.toml").read_text().splitlines():
        members = ", ".join(f'"{crate}"' for crate in CRATES)
        lines.append(f"members = [{members}]" if line.startswith("members = ") else line)
    (tree / "Cargo.toml").write_text("\n".join(lines) + "\n")
    return tree


def cargo(tree: pathlib.Path) -> subprocess.CompletedProcess:
    command = ["cargo", "build", "--offline", "-q", "-p", "tallyman-sim", "--example", "seeds", "--target-dir", BUILD]
    return subprocess.run(command, cwd=tree, capture_output=True, text=True, timeout=BUILD_S_MAX)


def seeds(tree: pathlib.Path, count: int) -> subprocess.CompletedProcess:
    command = [BUILD / "debug" / "examples" / "seeds", "--count", str(count), "--failures", "1"]
    return subprocess.run(command, cwd=tree, capture_output=True, text=True, timeout=RUN_S_MAX)


def named_tests(tree: pathlib.Path) -> str:
    """The first named test that fails, of the simulation or the domain; empty when all succeed."""
    of_simulation = ["tallyman-sim", "--test", "seeds", "--test", "way", "--test", "world"]
    for which in [of_simulation, ["tallyman-domain", "--lib"]]:
        command = ["cargo", "test", "--offline", "-q", "--no-fail-fast", "--target-dir", BUILD, "-p", *which]
        ran = subprocess.run(command, cwd=tree, capture_output=True, text=True, timeout=BUILD_S_MAX)
        failed = [line.split()[1] for line in ran.stdout.splitlines() if line.startswith("---- ") and "stdout" in line]
        if ran.returncode != 0:
            return failed[0] if failed else "(none by name, the tests ended badly)"
    return ""


def broken(output: str) -> str:
    """What the first failing seed says."""
    said = [line.strip() for line in output.splitlines() if line.startswith("  order ")]
    return said[0] if said else "it ended badly"


def judge(tree: pathlib.Path, mutant: dict, count: int) -> tuple[bool, str]:
    path = tree / mutant["file"]
    text = path.read_text()
    if text.count(mutant["search"]) != 1:
        return False, f"it no longer applies: {text.count(mutant['search'])} places in {mutant['file']}"
    path.write_text(text.replace(mutant["search"], mutant["replace"]))
    try:
        built = cargo(tree)
        if built.returncode != 0:
            return False, "it doesn't compile: " + next((l for l in built.stderr.splitlines() if l.startswith("error")), "?")
        try:
            ran = seeds(tree, count)
        except subprocess.TimeoutExpired:
            return True, f"the seeds never end ({RUN_S_MAX} s)"
        if ran.returncode != 0:
            return True, broken(ran.stdout)
        test = named_tests(tree)
        return bool(test), f"by the test {test}" if test else f"{count} seeds and the named tests noticed nothing"
    finally:
        path.write_text(text)


def main() -> int:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--count", type=int, default=1500, help="seeds a mutant at most (default 1500)")
    words.add_argument("--only", default="", help="only mutants whose name contains this")
    words.add_argument("--skip", type=int, default=0, help="the first so many are left out: a run that was broken off goes on")
    words.add_argument("--out", type=pathlib.Path, default=PLACE / "result.txt", help="where the result is written")
    asked = words.parse_args()
    mutants = tomllib.loads((ROOT / "shared/sim/mutants.toml").read_text())["mutant"]
    mutants = [m for m in mutants if asked.only in m["name"]][asked.skip :]
    tree = copy()
    built = cargo(tree)
    if built.returncode != 0:
        print(built.stderr)
        return 1
    ran = seeds(tree, asked.count)
    if ran.returncode != 0:
        print(f"without any mutant the seeds already fail: {broken(ran.stdout)}")
        return 1
    results, begun = [], time.monotonic()
    for mutant in mutants:
        caught, how = judge(tree, mutant, asked.count)
        results.append(caught)
        line = f"{'caught' if caught else 'MISSED'}  {mutant['name']} ({mutant['promise']}): {how}"
        print(line, flush=True)
        asked.out.parent.mkdir(parents=True, exist_ok=True)
        with asked.out.open("a" if len(results) > 1 else "w") as out:
            out.write(line + "\n")
    missed = results.count(False)
    print(f"{len(results)} mutants, {len(results) - missed} caught, {missed} missed, {time.monotonic() - begun:.0f} s")
    return 1 if missed or not results else 0


if __name__ == "__main__":
    sys.exit(main())
