.DEFAULT_GOAL := help
.PHONY: help install demo sdss test test-all kill-test sanitize bench peers lint format docs clean

PYTHON ?= python3
BIN := .venv/bin
OUT ?= out/demo
PEERS := .venv-peers
STAMP := .venv/.installed
PYTEST_FLAGS ?= -n auto --dist loadfile

help:  ## What can be made
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(STAMP): pyproject.toml native/CMakeLists.txt $(wildcard native/src/*)
	@echo "Installing halograd and what it needs into .venv (once, a few minutes) ..."
	@$(PYTHON) -c 'import sys; sys.exit("halograd needs Python 3.11 or newer, got " + sys.version.split()[0]) if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv .venv || { echo "No venv module: apt-get install python3-venv"; exit 1; }
	$(BIN)/python -m pip install --quiet --upgrade pip
	@$(BIN)/python -m pip install --quiet --editable ".[dev,abacus]" \
	  || { echo "abacusutils did not install: AbacusSummit files cannot be read here, all else works"; \
	       $(BIN)/python -m pip install --quiet --editable ".[dev]"; }
	@touch $(STAMP)

install: $(STAMP)  ## Install into .venv

demo: $(STAMP)  ## Install, then find the posterior of a mock universe (report in out/demo)
	$(BIN)/halograd demo --out $(OUT) $(DEMO_FLAGS)

sdss: $(STAMP)  ## Fit SDSS galaxies (report in out/sdss)
	$(BIN)/halograd sample examples/sdss.toml --out out/sdss

test: $(STAMP)  ## Install, then run the quick tests
	$(BIN)/python -m pytest -q -m "not slow" $(PYTEST_FLAGS)

test-all: $(STAMP)  ## The slow tests too
	$(BIN)/python -m pytest -q $(PYTEST_FLAGS)

kill-test: $(STAMP)  ## Kill long commands at random moments and writes; they must end as if nothing had been
	$(BIN)/python -m trials.killing --out out/trials $(KILL_FLAGS)

sanitize: $(STAMP)  ## The C++ tests under address and undefined-behaviour sanitizers
	$(BIN)/python native/tests/run.py --sanitize

bench: $(STAMP) peers  ## Measure speed side by side with peers (tables, JSON and a plot in out/benchmarks)
	$(BIN)/python -m benchmarks.pairs --out out/benchmarks --peers $(PEERS)/bin/python $(BENCH_FLAGS)
	$(BIN)/python -m benchmarks.sham --out out/benchmarks --peers $(PEERS)/bin/python $(SHAM_BENCH_FLAGS)
	$(BIN)/python -m benchmarks.tables --out out/benchmarks
	$(BIN)/python -m benchmarks.sampling --out out/benchmarks
	$(BIN)/python -m benchmarks.reading --out out/benchmarks

peers:  ## Install the codes to compare with, in an environment of their own
	@test -x $(PEERS)/bin/python || $(PYTHON) -m venv $(PEERS)
	@$(PEERS)/bin/python -m pip install --quiet "setuptools<80" wheel numpy
	@for peer in Corrfunc halotools shamnet tabcorr emcee; do \
	  $(PEERS)/bin/python -m pip show --quiet $$peer 2>/dev/null && continue; \
	  echo "Installing $$peer into $(PEERS) ..."; \
	  case $$peer in Corrfunc) how=--no-build-isolation;; *) how=;; esac; \
	  $(PEERS)/bin/python -m pip install --quiet $$how $$peer \
	    || echo "$$peer did not install (Corrfunc needs libgsl-dev): measuring without it"; \
	done

lint: $(STAMP)  ## Check style and formatting
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: $(STAMP)  ## Apply style and formatting
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(STAMP)  ## Build the documentation into site/; its tutorial runs once, and is kept
	$(BIN)/python -m pip install --quiet --editable ".[docs]"
	$(BIN)/mkdocs build --strict

clean:  ## Remove everything that was made
	rm -rf .venv $(PEERS) out site build dist
