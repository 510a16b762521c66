# make run    the whole job on the embedded sample
# make test   every test; `make test-fast` leaves out those marked slow
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin

.PHONY: run test test-fast lint figures bench bench-proposals clean

run: $(VENV)/ready
	$(BIN)/python src/main.py $(ARGS)

test: $(VENV)/ready-dev lint
	$(BIN)/python -m pytest

test-fast: $(VENV)/ready-dev
	$(BIN)/python -m pytest -m "not slow"

lint: $(VENV)/ready-dev
	$(BIN)/ruff check src tests
	$(BIN)/ruff format --check src tests

figures: $(VENV)/ready
	$(BIN)/python src/draw_figures.py

bench: $(VENV)/ready
	$(BIN)/python src/bench.py $(ARGS)

bench-proposals: $(VENV)/ready
	$(BIN)/python src/bench_proposals.py $(ARGS)

clean:
	rm -rf $(VENV) data/cache

$(VENV)/ready: requirements.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet -r requirements.txt
	touch $@

$(VENV)/ready-dev: $(VENV)/ready requirements-dev.txt
	$(BIN)/python -m pip install --quiet -r requirements-dev.txt
	touch $@
