.DEFAULT_GOAL := help
.PHONY: help demo test test-all bench lint format docs clean

PYTHON ?= python3
BIN := .venv/bin
OUT ?= out/demo
STAMP := .venv/.installed

help:  ## What can be made
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(STAMP): pyproject.toml
	@echo "Installing halograd and what it needs into .venv (once, a few minutes) ..."
	@$(PYTHON) -c 'import sys; sys.exit("halograd needs Python 3.11 or newer, got " + sys.version.split()[0]) if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv .venv || { echo "No venv module: apt-get install python3-venv"; exit 1; }
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable ".[dev]"
	@$(BIN)/python -m pip install --quiet --editable ".[abacus]" || echo "abacusutils did not install: AbacusSummit files cannot be read here, all else works"
	@touch $(STAMP)

demo: $(STAMP)  ## Install, then recover the parameters of a mock universe (report in out/demo)
	$(BIN)/halograd demo --out $(OUT) $(DEMO_FLAGS)

test: $(STAMP)  ## Install, then run the quick tests
	$(BIN)/python -m pytest -q -m "not slow"

test-all: $(STAMP)  ## The slow tests too
	$(BIN)/python -m pytest -q

bench: $(STAMP)  ## Measure speed side by side with peers (JSON in out/benchmarks)
	@$(BIN)/python -c "import Corrfunc" 2>/dev/null \
	  || { $(BIN)/python -m pip install --quiet "setuptools<80" wheel \
	       && $(BIN)/python -m pip install --quiet --no-build-isolation Corrfunc; } \
	  || echo "Corrfunc did not build (it needs libgsl-dev): measuring without it"
	$(BIN)/python -m benchmarks.pairs --out out/benchmarks

lint: $(STAMP)  ## Check style and formatting
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: $(STAMP)  ## Apply style and formatting
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(STAMP)  ## Build the documentation into site/
	$(BIN)/python -m pip install --quiet --editable ".[docs]"
	$(BIN)/mkdocs build --strict

clean:  ## Remove everything that was made
	rm -rf .venv out site build dist
