# Every target does all of its own set-up: a virtual environment in .venv, by uv where there is one, by
# pip where not, installed anew only when pyproject.toml has changed. All it needs is Python ≥ 3.11.
#
#   make PYTHON=/path/to/python   uses that Python for a new .venv
#   make VENV=folder              keeps the environment elsewhere

VENV ?= .venv
PYTHON ?=
PORT ?= 5000
RUN = $(VENV)/bin/python

.PHONY: help demo test check lint conformance bench clean

help:  ## say what can be made
	@sed -n 's/^\([a-z]*\):[^#]*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 20

demo: $(VENV)/.has-demo  ## serve examples/members at http://127.0.0.1:5000 until Ctrl-C
	@$(RUN) -m examples.members --port $(PORT)

test: $(VENV)/.has-test  ## run the tests
	$(RUN) -m pytest

check: lint  ## what lint does, then the tests with their branch coverage
	$(RUN) -m pytest --cov --cov-report=term:skip-covered

lint: $(VENV)/.has-dev  ## ruff, mypy, the floors of the house
	$(RUN) -m ruff check
	$(RUN) -m ruff format --check
	$(RUN) -m mypy
	$(VENV)/bin/lint-imports --no-logo

conformance: $(VENV)/.has-test  ## run the released tests of Flask and its extensions on both
	$(RUN) -m conformance all

bench: $(VENV)/.has-bench  ## measure
	$(RUN) -m bench

clean:  ## remove the environment and what the tools left
	rm -rf $(VENV) .coverage* .*_cache htmlcov

# One stamp for each set of extras, so that the demo does not wait for the linters.
$(VENV)/.has-%: pyproject.toml tools/venv.sh
	@sh tools/venv.sh '$(VENV)' '$*' '$(PYTHON)'
	@touch $@
