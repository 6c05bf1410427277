# Two commands do everything on a fresh machine with Python 3.10 or newer:
#   make serve   install, index corpus/, serve the page at http://127.0.0.1:8000
#   make test    install what tests need, and run them (the long ones: make browser, make service, make reading …)
# make bundle builds, in dist/, what installs on machines without internet.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8000

.PHONY: serve test browser service reading hostile pictures lint format bench timings load quality bundle bundle-check clean

# Tests start Python some hundred times: what is compiled once is kept.
test browser service reading: export PYTHONDONTWRITEBYTECODE =

serve: $(VENV)/.installed
	$(BIN)/gaoku index
	$(BIN)/gaoku serve --port $(PORT)

test: $(VENV)/.installed-test
	$(BIN)/python -m pytest -n auto --dist worksteal

# The page in a real Chromium, as people use it; pictures of every kind of page, at every size, light and dark, are
# kept in test-artefacts/
browser: $(VENV)/.installed-test
	$(BIN)/python -m pytest -n auto --dist worksteal -m "" tests/browser

# Servers, commands, index runs, backups, added files and benchmarks as they are run and killed, and a table of attacks
# on every route
service: $(VENV)/.installed-test
	$(BIN)/python -m pytest -n auto --dist worksteal -m "service and not hostile"

# Scanned pages as they are recognised, and files made to do harm as they are read
reading: $(VENV)/.installed-test
	$(BIN)/python -m pytest -n auto --dist worksteal -m "reading and not hostile"

# Files made to do harm, through the whole of gaoku index: minutes, and 5 GB on disk; and every attack on every
# route, every step that a restore can be killed at
hostile: $(VENV)/.installed-test
	$(BIN)/python -m pytest -m hostile tests/hostile tests/attacks tests/test_backups.py

# The pictures of the READMEs, from corpus/, into docs/pictures/
pictures: $(VENV)/.installed-test
	GAOKU_PICTURES=1 $(BIN)/python -m pytest -m "" tests/browser/test_pictures.py

lint: $(VENV)/.installed-lint
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.installed-lint
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Gaoku beside stock Whoosh, SQLite FTS5 and tantivy, in one run on the same text, in under 15 minutes; writes
# benchmarks/RESULTS.md and the short table of both READMEs. GAOKU_SAMPLES names the folder of real texts.
bench: $(VENV)/.installed-bench
	$(BIN)/python -m benchmarks.compare

# How long the sample reports take: a first index, an unchanged run, searches
timings: $(VENV)/.installed-test
	$(BIN)/python -m benchmarks

# 32 people at once, twice for a minute, the second time while the index is brought up to date: fails where there is an
# error or memory grows. Needs wrk; FOLDERS names what is served in place of corpus/
load: $(VENV)/.installed-test
	$(BIN)/python -m benchmarks.load $(FOLDERS)

# How well hits rank: nDCG@10 and recall@50 over the judged queries
quality: $(VENV)/.installed-test
	$(BIN)/python -m tests.quality.measure

# A folder of wheels and a start script, and an archive for each platform, in dist/. Choose with PYTHONS="3.11 3.12",
# PLATFORMS="linux-x86_64 linux-aarch64 win-amd64", EXTRAS=ocr
bundle: $(VENV)/.installed-bundle
	$(BIN)/python -m bundling build $(PYTHONS:%=--python %) $(PLATFORMS:%=--platform %) $(EXTRAS:%=--extra %)

# A bundle for this machine: built, installed with no package index, served
bundle-check: $(VENV)/.installed-test
	$(BIN)/python -m pytest -m bundle tests/bundling

clean:
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis

# One mark a set of dependencies, older than what it was installed from: a second run is quick.
$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || \
	  { echo "Python 3.10 or newer is needed; name it with: make PYTHON=/path/to/python3 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: setup.cfg pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/.installed-test: setup.cfg pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[test]'
	@touch $@ $(VENV)/.installed

$(VENV)/.installed-bench: setup.cfg pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[test,bench]'
	@touch $@ $(VENV)/.installed-test $(VENV)/.installed

$(VENV)/.installed-bundle: setup.cfg pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[bundle]'
	@touch $@ $(VENV)/.installed

$(VENV)/.installed-lint: setup.cfg pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[test,lint]'
	@touch $@ $(VENV)/.installed-test $(VENV)/.installed
