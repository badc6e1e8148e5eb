# `make` alone prints the targets; each does its own set-up, which is quick the second time.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
WORKERS ?= auto
SECONDS ?= 600
SEED := $(or $(SEED),$(shell date +%s))

# Bytecode is kept of what is imported: every process starts in half the time, and setting up need
# not compile everything.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup serve test fuzz check format bench bench-ocr reference recordings migrate cleanup lock clean

help: ## Print the targets
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' Makefile

setup: $(READY) ## Install everything into .venv (each target does it by itself)

serve: $(READY) ## Run the server with a private database in .data and a demo account
	$(BIN)/python -m sync_server serve --seed

test: check ## Check the code, then run every test
	$(BIN)/python -m pytest -q -n $(WORKERS) --maxprocesses 8 --dist worksteal

fuzz: $(READY) ## Ask the server what the OpenAPI document allows, for SECONDS (600), from a SEED
	@echo "make fuzz SECONDS=$(SECONDS) SEED=$(SEED)"
	FUZZ_SECONDS=$(SECONDS) FUZZ_SEED=$(SEED) $(BIN)/python -m pytest -q -s tests/api/test_schemathesis.py

check: $(READY) ## Types, style and the directions of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(READY) ## Put every file into the house's form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(READY) ## Measure pushes and pulls beside the raw limit of the database
	$(BIN)/python -m bench

bench-ocr: $(READY) ## Measure how well images of menus and workout sheets are read
	$(BIN)/python -m bench ocr

reference: $(READY) ## Write the pages that the code tells itself: errors, settings, routes
	PYTHONPATH=. $(BIN)/python tools/make_reference.py

recordings: $(READY) ## Make tests/recordings anew from the real logs
	$(BIN)/python tools/make_recordings.py

migrate: $(READY) ## Bring the tables of the database up to date
	$(BIN)/python -m sync_server migrate

cleanup: $(READY) ## Delete what has expired
	$(BIN)/python -m sync_server cleanup

lock: $(READY) ## Choose the versions anew, within the bounds of setup.cfg
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	for extra in "requirements.txt --extra ocr --extra s3" "requirements-dev.txt --extra dev"; do \
		$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --upgrade \
			--no-header --no-annotate setup.cfg --output-file $$extra || exit 1; \
	done

clean: ## Remove what was installed and cached; .data stays
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

# The .pth file makes `import sync_server` and `import trackforge_client` work in this checkout
# without a build.
$(READY): requirements-dev.txt Makefile
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Python 3.11 or newer is needed.")'
	@$(BIN)/python -c "" 2>/dev/null || { rm -rf $(VENV) && $(PYTHON) -m venv $(VENV); }
	$(BIN)/python -m pip install -qq --no-compile --disable-pip-version-check -r requirements-dev.txt
	@$(BIN)/python -c 'import os, pathlib, sysconfig; pathlib.Path(sysconfig.get_path("purelib"), "trackforge.pth").write_text(f"{os.getcwd()}\n{os.getcwd()}/clients/python\n")'
	@touch $@
