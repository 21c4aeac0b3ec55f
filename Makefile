# Everything a person needs: `make demo` to try it, `make test` and `make check` to change it.
# Needs Python 3.11+ and make, nothing else: each target builds .venv by itself.

PYTHON ?= python3
BIN := .venv/bin
INPUTS := pyproject.toml constraints.txt
PIP := PIP_DISABLE_PIP_VERSION_CHECK=1 $(BIN)/python -m pip install --quiet --constraint constraints.txt

# Where Python may not keep what it compiled, each process that a test starts compiles everything again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo test check format bench chaos messages clean

help:
	@echo "make demo    try blogbot in the browser, with a Telegram of its own"
	@echo "make test    run every test (browser tests want a Chromium)"
	@echo "make check   format, lint, types, layers"
	@echo "make bench   measure, as ratios within one run"
	@echo "make chaos   kill it two hundred times and count what arrived (half an hour; KILLS=20 SEED=7 for less)"

.venv/run.done: $(INPUTS)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "blogbot needs Python 3.11 or newer: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "Installing blogbot into .venv ..."
	@$(PIP) --editable .
	@touch $@

.venv/dev.done: .venv/run.done
	@echo "Installing the tools for tests and checks into .venv ..."
	@$(PIP) --editable '.[dev]'
	@touch $@

.venv/bench.done: .venv/dev.done
	@$(PIP) --editable '.[bench]'
	@touch $@

demo: .venv/run.done
	@$(BIN)/blogbot demo

test: .venv/dev.done
	$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder

check: .venv/dev.done
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: .venv/dev.done
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: .venv/bench.done
	$(BIN)/python -m benchmarks --markdown

chaos: .venv/dev.done
	$(BIN)/python -m tests.chaos $(if $(KILLS),--kills $(KILLS)) $(if $(SEED),--seed $(SEED))

messages: .venv/dev.done
	$(BIN)/python -m tests.catalogue

clean:
	rm -rf .venv build dist .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
