# Every target installs what it needs into .venv, again when setup.cfg, setup.py or pyproject.toml
# changed (a new package or entry point is found only then). Nothing is installed outside of .venv.

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
FOUND := $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$p" && break; done)
PYTHON ?= $(FOUND)
MEANT := setup.cfg setup.py pyproject.toml
# pytest's own options, as in: make test ARGS="tests/core -k money"
ARGS ?=

.PHONY: help run demo-reset test check format catalogues prove dist clean
.NOTPARALLEL:

help:
	@echo "make run         start Zhidu with the demo company (installs into $(VENV) first)"
	@echo "make demo-reset  throw the demo's data away and make it anew"
	@echo "make test        run all tests; says what it skipped and why (ARGS= goes to pytest)"
	@echo "make check       lint, format, types, layers, translations"
	@echo "make format      let ruff mend what it can"
	@echo "make catalogues  bring the .po files up to date with the sources"
	@echo "make prove       run the large proofs and write docs/proofs.md (takes long)"
	@echo "make dist        build the wheel and the source archive into dist/"
	@echo "make clean       remove what make has made; data in var/ stays"

run: $(VENV)/.run
	@$(BIN)/zhidu demo
	@exec $(BIN)/zhidu run

demo-reset: $(VENV)/.run
	@$(BIN)/zhidu demo --reset

test: $(VENV)/.test
	@$(BIN)/python -m pytest -n auto $(ARGS)

check: $(VENV)/.check
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy core addons themes i18n benchmarks tests
	$(BIN)/lint-imports
	$(BIN)/python -m zhidu.testing.catalogues check

format: $(VENV)/.check
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

catalogues: $(VENV)/.test
	$(BIN)/python -m zhidu.testing.catalogues update

prove: $(VENV)/.test
	$(BIN)/python -m benchmarks

# build/ is removed first: setuptools would put files into the wheel that are gone from the sources
dist: $(VENV)/.check
	@rm -rf build dist
	$(BIN)/python -m build

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache *.egg-info
	find core addons themes i18n tests benchmarks -name __pycache__ -prune -exec rm -rf {} +

$(VENV)/.made:
	@test -n "$(PYTHON)" || { echo "Zhidu needs Python 3.11 or newer: install it, or say make PYTHON=/path/to/python3 …" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "Python's venv is missing; on Debian and Ubuntu type: sudo apt-get install -y python3-venv" >&2; exit 1; }
	@echo "Making $(VENV) with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.run: $(VENV)/.made $(MEANT)
	@echo "Installing Zhidu into $(VENV)"
	@$(PIP) -e .
	@touch $@

$(VENV)/.test: $(VENV)/.made $(MEANT)
	@echo "Installing Zhidu and what its tests need into $(VENV)"
	@$(PIP) -e '.[test,pdf,server]'
	@touch $@

$(VENV)/.check: $(VENV)/.made $(MEANT)
	@echo "Installing the checkers into $(VENV)"
	@$(PIP) -e '.[test,pdf,server,check]'
	@touch $@
