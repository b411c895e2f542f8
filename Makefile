# Two commands do everything: `make demo` and `make test`. Each makes its own environment in .venv.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.PHONY: demo test fast lint check clean

.venv/base: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(PIP) --editable .
	touch $@

.venv/test: .venv/base
	$(PIP) --editable '.[test]'
	touch $@

.venv/full: .venv/test
	$(PIP) --editable '.[models,serverless]'
	touch $@

.venv/bench: .venv/base
	$(PIP) --editable '.[bench]'
	touch $@

demo: .venv/base
	$(BIN)/cinema render examples/the-keeper.fountain --out films/the-keeper
	@echo "The film is $(CURDIR)/films/the-keeper/film.mp4"

test: .venv/full
	$(BIN)/python -m pytest -n 2 --cov=cinema --cov-report=term --cov-fail-under=90

fast: .venv/test
	$(BIN)/python -m pytest -n 2 -m "not slow and not models" -q

lint: .venv/full
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright

check: lint test

bench: .venv/bench
	$(BIN)/python scripts/bench_all.py

clean:
	rm -rf .venv films .pytest_cache .ruff_cache .coverage*
