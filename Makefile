# make run    the whole job on the embedded sample
# make test   every test; `make test-fast` leaves out those marked slow
# make render pictures of heads, in an environment of their own; make test-render tests that
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin

RENDER_VENV := .venv-render
RENDER_BIN := $(RENDER_VENV)/bin

.PHONY: run test test-fast test-render render sample lint figures bench bench-proposals bench-predict clean

run: $(VENV)/ready
	$(BIN)/python src/main.py $(ARGS)

test: $(VENV)/ready-dev lint
	$(BIN)/python -m pytest

test-fast: $(VENV)/ready-dev
	$(BIN)/python -m pytest -m "not slow and not render"

test-render: $(RENDER_VENV)/ready
	$(RENDER_BIN)/python -m pytest -m render tests/rendering

render: $(RENDER_VENV)/ready
	$(RENDER_BIN)/python src/render.py $(ARGS)

# The embedded sample, as it was made.
sample: $(RENDER_VENV)/ready
	$(RENDER_BIN)/python src/render.py --count 500 --seed 1 --out data/sample $(ARGS)

lint: $(VENV)/ready-dev
	$(BIN)/ruff check src tests
	$(BIN)/ruff format --check src tests

figures: $(VENV)/ready
	$(BIN)/python src/draw_figures.py

bench: $(VENV)/ready
	$(BIN)/python src/bench.py $(ARGS)

bench-proposals: $(VENV)/ready
	$(BIN)/python src/bench_proposals.py $(ARGS)

bench-predict: $(VENV)/ready
	$(BIN)/python src/bench_predict.py $(ARGS)

clean:
	rm -rf $(VENV) $(RENDER_VENV) data/cache

$(VENV)/ready: requirements.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet -r requirements.txt
	touch $@

$(VENV)/ready-dev: $(VENV)/ready requirements-dev.txt
	$(BIN)/python -m pip install --quiet -r requirements-dev.txt
	touch $@

$(RENDER_VENV)/ready: requirements-render.txt
	$(PYTHON) -m venv $(RENDER_VENV)
	$(RENDER_BIN)/python -m pip install --quiet --upgrade pip
	$(RENDER_BIN)/python -m pip install --quiet -r requirements-render.txt
	touch $@
