# Needs Python 3.11 or newer and make; everything else is installed into .venv.

PYTHON ?= python3
VENV ?= .venv
CONSTRAINTS ?= constraints.txt
BIN = $(VENV)/bin
ARGS ?=

# Kept bytecode: tests start some hundred processes, and pytest rewrites what it collects.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help install demo test test-oldest tests chaos bench lint format clean

help: ## what there is
	@grep -hE '^[a-z%-]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

install: $(VENV)/installed ## everything, into .venv, at the tested versions

$(VENV)/installed: pyproject.toml $(CONSTRAINTS)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "cogml needs Python 3.11 or newer, this is " + sys.version.split()[0] + "; try: make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'
	$(BIN)/python -m pip install --quiet --constraint $(CONSTRAINTS) --editable '.[all,voice]' --group dev
	@touch $@

demo: install ## the tutorial's text sample against the local suite
	@$(BIN)/cogml demo $(ARGS)

test: lint tests ## everything; ARGS="-m 'not spark and not notebook'" is the quick part

test-oldest: ## the tests on the oldest versions (pandas 2.2, Spark 3.5), in .venv-oldest
	$(MAKE) tests VENV=.venv-oldest CONSTRAINTS=constraints-oldest.txt

tests: install
	$(if $(ARGS),,$(BIN)/python -m pytest tests/test_spark.py tests/test_tutorial.py -m spark --spark connect)
	$(BIN)/python -m pytest -n 2 --dist loadgroup --no-loadscope-reorder $(ARGS)

chaos: install ## 100,000 rows through all that can go wrong; ARGS="--seed 8 --frame polars"
	$(BIN)/python benchmarks/chaos.py $(ARGS)

bench: install ## all tables of benchmarks/, some 50 minutes on a quiet machine; ARGS=--quick: seconds
	$(BIN)/python benchmarks/every_table.py $(ARGS)

bench-%: install ## one of them: line, peers, saturated, growth, start, vision, spark_rows, spark_tasks, spark_growth
	$(BIN)/python benchmarks/$*.py $(ARGS)

lint: install ## format, rules and types
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .
	$(BIN)/mypy

format: install ## write the format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean: ## remove what the others made
	rm -rf .venv .venv-oldest .pytest_cache .mypy_cache .ruff_cache .hypothesis dist
