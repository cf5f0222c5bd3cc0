# Everything a person or a robot types. Needed on the machine: python3 (3.11 or newer), make, git.

SHELL := /bin/bash
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

PYTHON ?= python3
BIN := .venv/bin
RUN := .venv/.run-installed
DEV := .venv/.dev-installed
# Dozens of processes import the same modules: they are compiled once, even where the machine is told not to keep that.
unexport PYTHONDONTWRITEBYTECODE
PO := $(wildcard locale/*/LC_MESSAGES/django.po)
MO := $(PO:.po=.mo)

# Each step of `make check` says what it does, and how long it took is said at the end of it.
step = @printf '\n\033[1m%s\033[0m\n' "$(1)"

.PHONY: help run test coverage check bench fire faults cuts fuzz fmt mutants reset screenshots messages chromium

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' Makefile

run: $(RUN) $(MO) ## the whole product with simulated devices; Ctrl-C stops it (PORT, SIM_PORT, TERMINAL)
	@$(BIN)/python -m evsite.run

# Three at a time on two cores: one has the journeys, which mostly wait for a car to charge.
PYTEST := $(BIN)/python -m pytest -n 3 --dist loadscope --no-loadscope-reorder
# What bears on money and sessions, but for screens, property tests, and what needs no database.
DATABASES := tests/payments tests/kiosk $(addprefix --ignore tests/,$(addprefix payments/,admin test_belief.py \
  test_hashing.py test_machine_authorisation.py test_machine_refunds.py test_secrecy.py test_secrets.py) \
  $(addprefix payments/reconciliation/,test_any_list.py test_compare.py test_totals.py) $(addprefix kiosk/,admin web \
  test_machine_session.py test_metering.py test_pricing.py test_pricing_lines.py test_secrecy.py))

test: $(DEV) $(MO) chromium ## everything that must pass, on SQLite, through faults, the money again on PostgreSQL
	$(call step,The whole suite on SQLite)
	@$(PYTEST) $(ARGS)
	$(call step,Histories full of faults)
	@$(BIN)/python -m faults
	$(call step,Money and sessions on PostgreSQL)
	@$(BIN)/python -m tools.postgres $(PYTEST) $(DATABASES)

# Apart from `make test`, because it makes Python half as fast.
coverage: $(DEV) $(MO) chromium ## which lines and branches the tests reach
	@rm -f .coverage .coverage.*
	@$(PYTEST) --cov --cov-report=term $(ARGS)

check: $(DEV) ## format, lint, types, import contracts, templates, migrations, translations
	@$(BIN)/python -m tools.check

mutants: $(DEV) ## break the money code in every small way and see the tests fail; about an hour (ONLY=payments/money.py,...)
	@$(BIN)/python -m tools.mutants

faults: $(DEV) ## histories full of faults on a virtual clock, and what became of the money (HISTORIES, SEED, TERMINAL, PROCESSES)
	@$(BIN)/python -m faults $(if $(HISTORIES),--histories $(HISTORIES)) $(if $(SEED),--seed $(SEED)) \
	  $(if $(TERMINAL),--terminal $(TERMINAL)) $(if $(PROCESSES),--processes $(PROCESSES))

cuts: $(DEV) ## cut the line to each terminal at twenty moments and compare the books (ARGS=--write for docs/terminals/cuts.md)
	@$(BIN)/python -m tools.cuts $(ARGS)

bench: $(DEV) $(MO) ## the benchmarks, against peers, as a table
	@$(BIN)/python -m bench

fuzz: $(DEV) ## bytes that nobody wrote, for every decoder; about three minutes (ARGS="--seconds 60 --only zvt")
	@$(BIN)/python -m tools.fuzz $(ARGS)

# Two at a time: each of them has a product of its own, and mostly waits for a dead worker's lease to lapse.
fire: $(DEV) $(MO) ## real processes killed, starved, filled and restored in mid-visit (ARGS=--write for docs/fire.md)
	@$(BIN)/python -m pytest tests/fire -n 2 --dist load -p no:randomly $(ARGS)

fmt: $(DEV) ## format the code and sort its imports
	@$(BIN)/ruff check --quiet --select I --fix .
	@$(BIN)/ruff format .

messages: $(DEV) ## bring locale/*/LC_MESSAGES/django.po in step with the sources
	@$(BIN)/python -m tools.messages update

screenshots: $(DEV) $(MO) chromium ## the pictures of the docs, of the real product in a real browser
	@$(BIN)/python -m tools.screenshots
	@$(BIN)/python -m tools.visits --write

reset: ## throw away the data of `make run`, after asking
	@read -r -p 'Throw away everything in var/ (sessions, money, simulated bank)? Type yes: ' answer; \
	if [ "$$answer" = yes ]; then rm -rf var && echo 'Gone.'; else echo 'Nothing was thrown away.'; fi

# A browser for the tests: installed when that is allowed, named when it is not.
chromium:
	@command -v chromium chromium-browser google-chrome >/dev/null && exit 0; \
	install='apt-get install --yes --no-install-recommends chromium'; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  echo 'Installing Chromium for the browser tests'; \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive $$install >/dev/null; \
	else \
	  echo "The browser tests need Chromium. Type: sudo $$install" >&2; exit 1; \
	fi

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "Python 3.11 or newer is needed; $(PYTHON) is $$($(PYTHON) --version 2>&1). Try: PYTHON=python3.12 make $(MAKECMDGOALS)" >&2; exit 1; }
	@echo 'Making .venv'
	@$(PYTHON) -m venv .venv

.venv/.uv-installed: requirements/uv.txt | .venv/bin/python
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

$(RUN): requirements/run.txt .venv/.uv-installed
	@echo 'Installing what the product needs'
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r $<
	@touch $@

$(DEV): requirements/dev.txt $(RUN)
	@echo 'Installing what development needs'
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r $<
	@touch $@

%.mo: %.po | $(RUN)
	@$(BIN)/python -m tools.messages compile
	@touch $@
