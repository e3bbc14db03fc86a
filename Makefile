# Every target works as the first command on a fresh clone: it creates the environment that it needs in .venv.
# Only the benchmarks need more: the data sets in ../shared/data.

PYTHON ?= python3
PORT ?= 7860
BIN := .venv/bin
SPACE ?= build/space
# One pytest worker per core; idle workers take over tests from busy ones.
WORKERS ?= --numprocesses auto --dist worksteal
# The tests start hundreds of processes; without bytecode each would compile all modules again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test slow check bench bench-quality bench-speed bench-service soak messages openapi format docs space space-check space-upload clean

demo: .venv/.installed  ## install, then serve the demo shop at http://localhost:7860
	$(BIN)/tagweave demo --host 0.0.0.0 --port $(PORT)

test: .venv/.developer  ## run all tests except the slow ones
	$(BIN)/python -m pytest -m "not slow" $(WORKERS) $(ARGS)

slow: .venv/.developer  ## run the tests that take more than ten seconds each: kills, a rebuilt demo, a Space, real models
	$(BIN)/python -m pytest -m slow $(WORKERS) $(ARGS)

check: .venv/.developer  ## run ruff, mypy --strict and import-linter
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: .venv/.developer  ## measure on the shared data sets; writes benchmarks/RESULTS.md
	$(BIN)/python -m pip install --quiet --group bench
	$(BIN)/python -m benchmarks.generator
	$(BIN)/python -m benchmarks.main_job

bench-quality: .venv/.installed  ## compare with rival taggers; writes benchmarks/RESULTS.md
	$(BIN)/python -m benchmarks.quality

bench-speed: .venv/.installed  ## measure speed against bare libraries and the machine's limits; takes ten minutes
	$(BIN)/python -m benchmarks.speed $(ARGS)

bench-service: .venv/.installed  ## measure the service: throughput, overload, refusals; takes five minutes
	$(BIN)/python -m benchmarks.service $(ARGS)

soak: .venv/.developer  ## test flipped bits, kills, operations, generated requests (resumes) and invariance in full; takes hours
	$(BIN)/python -m pip install --quiet --group soak
	$(BIN)/python -m benchmarks.soak
	$(BIN)/python -m pytest --hypothesis-profile=soak tests/tagger/test_invariance.py

messages: .venv/.developer  ## bring the message catalogue up to date with the sources
	$(BIN)/python -m tools.messages

openapi: .venv/.developer  ## write the OpenAPI schema of /v1 to its file
	$(BIN)/python -m tools.openapi

format: .venv/.developer
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: .venv/.docs  ## build the documentation site in build/site, in both languages; warnings are errors
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

space:  ## collect the files of a Hugging Face Space in build/space
	rm -rf $(SPACE)
	mkdir -p $(SPACE)
	cp -R app.py *.md LICENSE requirements.txt docs index tagger $(SPACE)
	mkdir $(SPACE)/benchmarks
	cp benchmarks/*.md benchmarks/*.png $(SPACE)/benchmarks
	find $(SPACE) -name __pycache__ -prune -exec rm -rf {} +

space-check: space  ## start it as a Space does, in a new environment with its requirements.txt
	$(PYTHON) -m venv --clear build/space-venv
	build/space-venv/bin/python -m pip install --quiet --requirement $(SPACE)/requirements.txt
	build/space-venv/bin/python tests/space.py $(SPACE)

space-upload: space .venv/.installed  ## upload it: make space-upload REPO=name/space, with the token saved by `hf auth login`
	$(BIN)/hf repos create $(REPO) --type space --sdk gradio --exist-ok
	$(BIN)/hf upload $(REPO) $(SPACE) . --type space --delete "*"

clean:
	rm -rf build .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .bench

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

.venv/.docs: .venv/.installed
	$(BIN)/python -m pip install --quiet --group docs
	@touch $@
