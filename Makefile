# Every task of the project; `make help` lists them. `.ci/run` calls the same targets.

.DEFAULT_GOAL := help
.NOTPARALLEL:
SHELL := /bin/sh

# The Python that makes .venv, such as PYTHON=python3.12; searched for when empty.
PYTHON ?=
export PYTHON

# More arguments for logs, test, fuzz, tour and the benchmarks: make logs ARGS="web -f"
ARGS ?=

# Relative, so that a path with spaces needs no quotes.
PY := .venv/bin/python
CODE := stack platform services workers tests manage.py

.PHONY: help
help: ## Show this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-18s %s\n", $$1, $$2}' Makefile
	@echo
	@echo '  ARGS="..." goes to logs, test, fuzz, tour, secrets and bench-*; PYTHON=... names the Python.'

.PHONY: local dev
local:
	@sh stack/environment.sh local
dev:
	@sh stack/environment.sh dev

.PHONY: libraries
libraries:
	@sh stack/environment.sh libraries

.PHONY: up
up: local ## Start the platform, or what is missing of it, and say where it is
	@$(PY) -m stack up

.PHONY: down
down: local ## Stop what `make up` started; the data stays in .local/
	@$(PY) -m stack down

.PHONY: status
status: local ## Show what is running; fails unless everything is
	@$(PY) -m stack status

.PHONY: logs
logs: local ## Show the last log lines (ARGS="web -f" follows one)
	@$(PY) -m stack logs $(ARGS)

.PHONY: shell
shell: local ## Open a Django shell on the running platform
	@$(PY) -m stack shell

.PHONY: tour
tour: local ## Take a new viewer's tour of the running platform
	@$(PY) -m stack.tour $(ARGS)

.PHONY: secrets
secrets: local ## Write the secrets that docker-compose.yml reads (secrets/; never replaces one)
	@$(PY) -m stack secrets $(ARGS)

.PHONY: hooks
hooks: dev ## Have git run the quick checks before each commit
	@$(PY) -m pre_commit install --install-hooks

.PHONY: test
test: dev ## Run the tests (ARGS="tests/stack -k up" runs some)
ifeq ($(strip $(ARGS)),)
	@$(PY) -m tests.side_by_side
else
	@$(PY) -m stack with-servers -- $(PY) -m pytest $(ARGS)
endif

.PHONY: coverage
coverage: dev ## Run the tests and see which lines they ran, which takes longer
	@rm -f .coverage .coverage.*
	@$(PY) -m tests.side_by_side --coverage
	@$(PY) -m coverage combine --quiet
	@$(PY) -m coverage report

.PHONY: lint
lint: dev ## Check style, formatting and the files that deploy the platform
	@$(PY) -m ruff check $(CODE)
	@$(PY) -m ruff format --check $(CODE)
	@$(PY) -m check_jsonschema --builtin-schema vendor.compose-spec docker-compose.yml
	@$(PY) -m check_jsonschema --builtin-schema vendor.github-workflows .github/workflows/ci.yml
	@.venv/bin/hadolint Dockerfile

.PHONY: format
format: dev ## Format the code and mend what can be mended
	@$(PY) -m ruff check --fix $(CODE)
	@$(PY) -m ruff format $(CODE)

.PHONY: types
types: dev ## Check types strictly
	@$(PY) -m mypy

.PHONY: contracts
contracts: dev ## Check that imports point one way
	@$(PY) -c "from importlinter.cli import lint_imports_command; lint_imports_command()"

.PHONY: migrations
migrations: dev ## Check that no migration is missing
	@DATABASE_URL= DJANGO_SETTINGS_MODULE=movie_backend.settings.local \
	    $(PY) manage.py makemigrations --check --dry-run

# The document goes to docs/ only when it was made without a warning.
.PHONY: schema
schema: dev ## Write the OpenAPI document anew (docs/openapi.json)
	@document=$$(DJANGO_SETTINGS_MODULE=movie_backend.settings.test $(PY) manage.py spectacular \
	    --validate --fail-on-warn --format openapi-json) && \
	    printf '%s' "$$document" | \
	    $(PY) -m json.tool --no-ensure-ascii --indent 2 - docs/openapi.json

.PHONY: fuzz
fuzz: dev ## Send every operation odd requests (ARGS="--max-examples 1000")
	@$(PY) -m stack with-servers -- $(PY) -m tests.fuzzing $(ARGS)

.PHONY: lock
lock: dev ## Compile requirements/*.txt anew from the *.in files
	@cd requirements && for name in base production local dev libraries; do \
	    ../$(PY) -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	        --custom-compile-command "make lock" --output-file $$name.txt $$name.in || exit 1; \
	done

.PHONY: bench-recommender
bench-recommender: dev ## Measure the recommender (ARGS=RATINGS, or NEXUS_DATASETS set)
	@$(PY) -m tests.benchmarks.recommender $(ARGS)

.PHONY: bench-gate
bench-gate: dev ## Measure what the gate stops (ARGS="RATINGS --draws 20") or costs (ARGS="--viewers 10000")
	@$(PY) -m stack with-servers -- $(PY) -m tests.benchmarks.gate $(ARGS)

.PHONY: bench-onboarding
bench-onboarding: dev ## Compare what new viewers are asked (ARGS=RATINGS, or NEXUS_DATASETS set)
	@$(PY) -m tests.benchmarks.onboarding $(ARGS)

.PHONY: bench-libraries
bench-libraries: libraries ## Compare with open libraries' models (NEXUS_DATASETS set; ARGS=--speed)
	@.venv-libraries/bin/python -m tests.benchmarks.libraries $(ARGS)

.PHONY: bench-datasets
bench-datasets: dev ## Import, train, build and tour real data sets (NEXUS_DATASETS set)
	@$(PY) -m tests.benchmarks.datasets $(ARGS)

.PHONY: bench-training
bench-training: dev ## Train from generated ratings by several processes (ARGS="--ratings 5000000")
	@$(PY) -m stack with-servers -- $(PY) -m tests.benchmarks.training $(ARGS)

.PHONY: bench-precompute
bench-precompute: dev ## Measure lists of all users, in users a second (ARGS="--ratings 20000000")
	@$(PY) -m stack with-servers -- $(PY) -m tests.benchmarks.precompute $(ARGS)

.PHONY: bench-experiments
bench-experiments: dev ## Simulate experiments with and without effect (NEXUS_DATASETS set)
	@$(PY) -m stack with-servers -- $(PY) -m tests.benchmarks.experiments $(ARGS)

.PHONY: bench-churn
bench-churn: dev ## Measure how much lists change from night to night (NEXUS_DATASETS set)
	@$(PY) -m tests.benchmarks.churn $(ARGS)

.PHONY: bench-operations
bench-operations: dev ## Measure what logs, metrics, throttles and health cost (after make up)
	@$(PY) -m tests.benchmarks.operations

.PHONY: bench-sync
bench-sync: dev ## Sync a catalogue from a stand-in for TMDb (ARGS="--rate 40"; NEXUS_DATASETS set)
	@$(PY) -m stack with-servers -- $(PY) -m tests.benchmarks.sync $(ARGS)

.PHONY: bench-bulk
bench-bulk: dev ## Measure many ratings at once on a platform of its own (ARGS="--rounds 40")
	@$(PY) -m tests.benchmarks.bulk $(ARGS)

.PHONY: bench-import
bench-import: dev ## Import a generated data set, also the ordinary way (ARGS="--ratings 20000000")
	@$(PY) -m tests.benchmarks.importing $(ARGS)

.PHONY: bench-push
bench-push: dev ## Tell 2,000 open streams of new lists (ARGS="--connections 10000")
	@$(PY) -m stack with-servers -- $(PY) -m tests.benchmarks.push $(ARGS)

.PHONY: bench-library
bench-library: dev ## Measure every request with a million ratings (ARGS=--small to try)
	@$(PY) -m tests.benchmarks.viewer_library $(ARGS)

.PHONY: bench-search
bench-search: dev ## Search 1.2 million films (NEXUS_DATASETS set; ARGS=--small to try)
	@$(PY) -m tests.benchmarks.search $(ARGS)

.PHONY: bench-filters
bench-filters: dev ## Filter 1.2 million films (NEXUS_DATASETS set; ARGS=--small to try)
	@$(PY) -m tests.benchmarks.filters $(ARGS)

.PHONY: bench-home
bench-home: dev ## Measure home pages, made and cached, with a million ratings (ARGS=--small to try)
	@$(PY) -m tests.benchmarks.home $(ARGS)

.PHONY: bench-flips
bench-flips: dev ## Measure what readers notice of a roll back (ARGS=--small to try)
	@$(PY) -m tests.benchmarks.flips $(ARGS)

.PHONY: bench-serving
bench-serving: dev ## Compare reading recommendations with ordinary DRF (ARGS=--small to try)
	@$(PY) -m tests.benchmarks.serving $(ARGS)

.PHONY: bench-servers
bench-servers: dev ## Compare HTTP servers, and count connections of 500 clients (ARGS=--small to try)
	@$(PY) -m tests.benchmarks.serving.choosing $(ARGS)

.PHONY: bench-freshness
bench-freshness: dev ## Measure from a rating to the list that has seen it (ARGS=--small to try)
	@$(PY) -m tests.benchmarks.freshness $(ARGS)

.PHONY: check
check: lint types contracts migrations test ## Run every check there is
