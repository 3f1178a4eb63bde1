# Thin targets; what they do is in infra/local (Python 3.10+, standard library) and in Cargo.
PYTHON ?= python3
CARGO ?= cargo
LOCAL := infra/local
# The demo and the tests never write byte code into the source tree.
export PYTHONDONTWRITEBYTECODE := 1
TARGET := $(if $(CARGO_TARGET_DIR),$(CARGO_TARGET_DIR),target)
export SAM_CLI_TELEMETRY := 0

.PHONY: help tools setup fonts build demo run test unit seeds template e2e console crash fmt lint doc clean

help: ## This list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

tools: # Says what is missing instead of failing somewhere in between
	@command -v $(CARGO) >/dev/null 2>&1 || { echo "cargo is missing: install Rust from https://rustup.rs" >&2; exit 1; }
	@command -v $(PYTHON) >/dev/null 2>&1 || { echo "$(PYTHON) is missing: install Python 3.10 or later" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || { echo "Python 3.10 or later is needed: make PYTHON=python3.12 ..." >&2; exit 1; }

setup: tools ## Virtual environments with pinned packages, and the fonts (once)
	@$(PYTHON) $(LOCAL)/setup.py

fonts: tools ## Only the fonts of the proof of shipment
	@$(PYTHON) $(LOCAL)/setup.py fonts

build: fonts ## All binaries, for this machine
	$(CARGO) build --locked --workspace

demo: tools ## The whole job on this machine, judged by the sandboxes' books (KEEP=1 stays up)
	@$(PYTHON) $(LOCAL)/demo.py

run: tools ## The real services with your keys: CONNECTIONS=connections.toml [DRY_RUN=1]
	@CONNECTIONS="$(CONNECTIONS)" DRY_RUN="$(DRY_RUN)" $(PYTHON) $(LOCAL)/run.py

test: setup unit seeds template e2e console ## All tests; the last lines say what was skipped, and why
	@$(PYTHON) $(LOCAL)/skipped.py show

unit: setup ## Rust, and the Python of infra/local
	TALLYMAN_REQUIRE_EMULATOR=1 $(PYTHON) $(LOCAL)/skipped.py run $(CARGO) test --locked --workspace
	$(PYTHON) -m unittest discover --start-directory $(LOCAL) --pattern 'test_*.py'

# What `cargo test` has built. A failing seed tells its story and the command that shows it again.
SEEDS ?= 10000
SEEDS_FROM ?= 0
seeds: tools ## Tallyman in a small world that goes wrong, 10,000 times (SEEDS=..., SEEDS_FROM=...)
	$(CARGO) build --locked --workspace --examples
	$(TARGET)/debug/examples/seeds --from $(SEEDS_FROM) --count $(SEEDS) --out $(TARGET)/seeds.txt

template: tools ## Both validations, and the older cfn-lint, which finds more
	@$(PYTHON) $(LOCAL)/setup.py sam lint
	AWS_DEFAULT_REGION=us-east-1 $(TARGET)/venv/sam/bin/sam validate --template-file template.yaml
	AWS_DEFAULT_REGION=us-east-1 $(TARGET)/venv/sam/bin/sam validate --lint --template-file template.yaml
	$(TARGET)/venv/lint/bin/cfn-lint template.yaml

e2e: tools ## The stack on the emulator, and scenarios that try to break it
	@$(PYTHON) $(LOCAL)/e2e.py

crash: tools ## The crash matrix: every function killed and failed at each of its calls (QUICK=1; CASE=... replays one)
	@$(PYTHON) $(LOCAL)/setup.py emulator fonts
	$(CARGO) build --locked --workspace
	$(TARGET)/debug/tallyman-crash $(if $(QUICK),--quick) $(if $(CASE),--case '$(CASE)' --story)
	$(if $(CASE),,$(TARGET)/debug/tallyman-crash --bite)

console: tools ## The console in a headless browser, where one is installed; pictures in target/console/pictures
	@$(PYTHON) tests/console/run.py

fmt: ## Formats the Rust code
	$(CARGO) fmt --all

lint: fonts ## Format, clippy and rustdoc, warnings are errors
	$(CARGO) fmt --all --check
	$(CARGO) clippy --locked --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --locked --workspace --no-deps --quiet

clean: ## What demo, run and tests left behind; keeps the build and the environments
	rm -rf $(addprefix $(TARGET)/,demo run e2e e2e-dry-run console crash lambda skipped.txt)
