# Every target works as the first command on a fresh clone: it makes its own environment in .venv.

PYTHON ?= python3
PORT ?= 7860
BIN := .venv/bin

.PHONY: demo test check bench format clean

demo: .venv/.installed  ## install, then serve the demo shop at http://localhost:7860
	$(BIN)/tagweave demo --host 0.0.0.0 --port $(PORT)

test: .venv/.developer  ## run all tests
	$(BIN)/python -m pytest --cov --cov-report=term $(ARGS)

check: .venv/.developer  ## ruff, mypy --strict, import rules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: .venv/.developer  ## measure on the shared data sets; writes benchmarks/RESULTS.md
	$(BIN)/python -m pip install --quiet --group bench
	$(BIN)/python -m benchmarks.generator
	$(BIN)/python -m benchmarks.main_job

format: .venv/.developer
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .bench

.venv/.pip:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Tagweave needs Python 3.11 or newer")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'
	@touch $@

.venv/.installed: .venv/.pip pyproject.toml
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

.venv/.developer: .venv/.installed
	$(BIN)/python -m pip install --quiet --group dev
	@touch $@
