# Everything runs in an environment of its own, .venv, which the first target that needs it makes.

# The first Python on the path that is new enough.
PYTHON ?= $(shell for each in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$each -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$each && break; done)
BIN := .venv/bin
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
DEMO := demo-workspace

.DEFAULT_GOAL := help
.PHONY: help install check test servers demo bench mutations fuzz properties reference clean

help:  ## show this list
	@sed -n 's/^\([a-z]*\):.*## /  \1\t/p' $(MAKEFILE_LIST) | expand -t 14

install: .venv/installed  ## make .venv with accordant in it

check: .venv/developing  ## ruff, mypy, import-linter
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: .venv/developing servers  ## check, then the whole suite against real servers; installs what they need
	@.ci/all

servers:  ## install the Debian packages that the tests' servers come from
	@.ci/servers $(SUDO)

demo: .venv/installed  ## apply samples/harbor into a fresh ./demo-workspace
	@rm -rf $(DEMO) samples/harbor/outbox/*/*.json
	@echo '== accordant apply samples/harbor -w $(DEMO) --yes'
	@$(BIN)/accordant apply samples/harbor -w $(DEMO) --yes
	@echo
	@echo '== accordant orders list -w $(DEMO)'
	@$(BIN)/accordant orders list -w $(DEMO)
	@echo
	@echo '== the same once more: nothing is left to do'
	@$(BIN)/accordant apply samples/harbor -w $(DEMO) --yes
	@echo
	@echo 'Look at:'
	@echo '  $(DEMO)/Temp/ExportOutput          what was read from the systems'
	@echo '  $(DEMO)/Deployed/history          what was deployed: the plan, its sources, who and when'
	@echo '  samples/harbor/outbox/directory    the orders, one JSON file each'
	@echo '  $(BIN)/accordant orders explain NUMBER -w $(DEMO)'

bench: .venv/developing  ## every benchmark; each prints a ratio
	@for each in benchmarks/*.py; do name=$$(basename $$each .py); \
		[ $$name = __init__ ] || $(BIN)/python -m benchmarks.$$name || exit 1; done

mutations: .venv/developing  ## every deliberate error in the samples: how many are caught, how many at their place
	$(BIN)/python -m tests.compiler.mutations 100000

SECONDS := 600
fuzz: .venv/developing  ## hostile input for ten minutes; make fuzz SECONDS=60 for one
	$(BIN)/python -m tests.fuzz $(SECONDS)

properties: .venv/developing  ## synchronisation and computing against plain models for ten minutes, as fuzz
	$(BIN)/python -m tests.properties $(SECONDS)

reference: .venv/installed  ## write XSDs, JSON Schema and editor settings into ./reference
	$(BIN)/accordant schema reference

clean:  ## remove .venv and everything that was made
	rm -rf .venv $(DEMO) reference build dist fuzz-failures .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/installed: .venv/bin/python pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

.venv/developing: .venv/bin/python pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@ .venv/installed

# Debian ships Python without ensurepip; its package is fetched when making the environment fails.
.venv/bin/python:
	@[ -n "$(PYTHON)" ] || { echo 'accordant needs Python 3.11 or newer' >&2; exit 1; }
	@$(PYTHON) -m venv .venv 2>/dev/null || { rm -rf .venv; $(SUDO) apt-get update -qq && \
		$(SUDO) apt-get install -y --no-install-recommends python3-venv && $(PYTHON) -m venv .venv; }
