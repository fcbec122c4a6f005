# Everything happens in a virtual environment of its own; `make run` and `make test` set it up.
# `make test-slow` has the tests that `make test` leaves out: drills, whole collections, all plugins.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed

.PHONY: setup run test test-slow test-browser test-cluster check architecture benchmark clean

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

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

architecture: setup
	$(BIN)/python scripts/draw_architecture.py

benchmark: setup
	for script in benchmarks/*.py; do echo "== $$script"; $(BIN)/python $$script || exit 1; done

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis

# zeose holds the IZA frameworks; its dependencies (jupyter among them) are not needed to read its file.
$(INSTALLED): pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade --constraint constraints.txt pip
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[torch]" --group dev
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --no-deps zeose
	touch $@
