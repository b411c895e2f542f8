# Two commands do everything: `make demo` and `make test`. Each makes its own environment in .venv.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

# Links that expire are tried against this server, where npm is; without it those tests are skipped and say why.
S3RVER := 3.7.1
S3RVER_HOME := .venv/s3rver
S3RVER_PROGRAM := $(S3RVER_HOME)/node_modules/.bin/s3rver

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

$(S3RVER_PROGRAM): | .venv/base
	@mkdir -p $(S3RVER_HOME)
	@if ! command -v npm >/dev/null; then echo "npm is not here" >$(S3RVER_HOME)/why; \
	elif ! npm install --prefix $(S3RVER_HOME) --no-save --no-audit --no-fund --ignore-scripts --fetch-retries=1 \
		--loglevel=error s3rver@$(S3RVER) >$(S3RVER_HOME)/log 2>&1; then \
		echo "npm could not install s3rver $(S3RVER), see $(S3RVER_HOME)/log" >$(S3RVER_HOME)/why; \
	else rm -f $(S3RVER_HOME)/why; fi
	@if test -f $(S3RVER_HOME)/why; then echo "Tests with s3rver will be skipped: $$(cat $(S3RVER_HOME)/why)."; fi

.venv/bench: .venv/base
	$(PIP) --editable '.[bench]'
	touch $@

demo: .venv/base
	$(BIN)/cinema render examples/the-keeper.fountain --out films/the-keeper
	@echo "The film is $(CURDIR)/films/the-keeper/film.mp4"

test: .venv/full $(S3RVER_PROGRAM)
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
