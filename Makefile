# make run     train and evaluate on the included images
# make test    all tests; `make test-fast` skips those marked slow
# make demo    the web page of demo.py in its own environment; `make test-demo` tests it
# make render  render images of heads in its own environment; `make test-render` tests it
# make figures, make bench, bench-proposals, bench-predict, bench-fast, bench-peers: tools for maintainers
#
# The first Python from 3.11 to 3.13 that can create environments; override with PYTHON=/path/to/python.
PYTHON ?= $(shell for python in python3.11 python3.12 python3.13 python3 python; do \
	$$python -c "import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))" \
	2>/dev/null && { echo $$python; break; }; done)
VENV := .venv
BIN := $(VENV)/bin

RENDER_VENV := .venv-render
RENDER_BIN := $(RENDER_VENV)/bin

DEMO_VENV := .venv-demo
DEMO_BIN := $(DEMO_VENV)/bin

.PHONY: install run test test-fast test-render test-demo demo render sample lint figures bench bench-proposals bench-predict bench-fast bench-peers clean

install: $(VENV)/ready

run: $(VENV)/ready
	$(BIN)/python src/main.py $(ARGS)

test: $(VENV)/ready-dev lint
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder --durations=15

test-fast: $(VENV)/ready-dev
	$(BIN)/python -m pytest -m "not slow and not render"

# The test of the web page needs Chromium.
demo: $(DEMO_VENV)/ready
	$(DEMO_BIN)/python src/demo.py $(ARGS)

test-demo: $(DEMO_VENV)/ready
	$(DEMO_BIN)/python -m pip install --quiet -r requirements-dev.txt "playwright>=1.65,<2"
	$(DEMO_BIN)/python -m pytest tests/test_demo.py tests/images

test-render: $(RENDER_VENV)/ready
	$(RENDER_BIN)/python -m pytest -m render tests/tools/rendering

render: $(RENDER_VENV)/ready
	$(RENDER_BIN)/python src/tools/render.py $(ARGS)

# Renders the included sample as it was made.
sample: $(RENDER_VENV)/ready
	$(RENDER_BIN)/python src/tools/render.py --count 500 --seed 1 --out data/sample $(ARGS)

lint: $(VENV)/ready-dev
	$(BIN)/ruff check src tests
	$(BIN)/ruff format --check src tests
	$(BIN)/mypy

figures: $(VENV)/ready
	$(BIN)/python src/tools/figures/draw_figures.py

bench: $(VENV)/ready
	$(BIN)/python src/tools/benchmarks/networks.py $(ARGS)

bench-proposals: $(VENV)/ready
	$(BIN)/python src/tools/benchmarks/proposals.py $(ARGS)

bench-predict: $(VENV)/ready
	$(BIN)/python src/tools/benchmarks/prediction.py $(ARGS)

bench-fast: $(VENV)/ready
	$(BIN)/python src/tools/benchmarks/fast_recall.py $(ARGS)

bench-peers: $(VENV)/ready
	$(BIN)/python src/tools/benchmarks/peers.py $(ARGS)

clean:
	rm -rf $(VENV) $(RENDER_VENV) $(DEMO_VENV) data/cache

.PHONY: python
python:
	@test -n "$(PYTHON)" || { echo "There is no Python from 3.11 to 3.13 with venv here: install one \
	(Debian, Ubuntu: apt install python3 python3-venv; macOS: brew install python@3.13), \
	or name one: make PYTHON=/path/to/python" >&2; exit 2; }

$(VENV)/ready: requirements.txt | python
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet -r requirements.txt
	touch $@

$(VENV)/ready-dev: $(VENV)/ready requirements-dev.txt requirements-export.txt
	$(BIN)/python -m pip install --quiet -r requirements-dev.txt
	touch $@

$(DEMO_VENV)/ready: requirements-demo.txt requirements.txt | python
	$(PYTHON) -m venv $(DEMO_VENV)
	$(DEMO_BIN)/python -m pip install --quiet --upgrade pip
	$(DEMO_BIN)/python -m pip install --quiet -r requirements-demo.txt
	touch $@

$(RENDER_VENV)/ready: requirements-render.txt | python
	$(PYTHON) -m venv $(RENDER_VENV)
	$(RENDER_BIN)/python -m pip install --quiet --upgrade pip
	$(RENDER_BIN)/python -m pip install --quiet -r requirements-render.txt
	touch $@
