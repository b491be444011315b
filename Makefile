# The project's commands. `make help` lists them; each also works as the first one after a clone.

PYTHON ?= python3
LOCK_FLAGS ?=

VENV := .venv
BIN := $(VENV)/bin
PEERS_VENV := .venv-peers
BAYES_VENV := .venv-bayes
CASE := jpn-fra-raa

PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input -qq
INSTALL_LOCK := $(PIP) install --require-hashes --only-binary :all: -r
INSTALL_PEERS_LOCK := $(subst $(BIN),$(PEERS_VENV)/bin,$(INSTALL_LOCK))
INSTALL_BAYES_LOCK := $(subst $(BIN),$(BAYES_VENV)/bin,$(INSTALL_LOCK))
INSTALL_CHECKOUT := $(PIP) install --no-build-isolation --no-deps -e .
COMPILE = pip compile --quiet --universal --python-version 3.11 \
	--fork-strategy fewest --generate-hashes --only-binary :all: \
	--no-emit-index-url --no-emit-find-links --annotation-style line \
	--custom-compile-command "make lock" $(LOCK_FLAGS)
CHECK_PYTHON = $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	echo "This project needs Python 3.11 or newer, and '$(PYTHON)' is not: name one, as in 'make test PYTHON=python3.12'." >&2; \
	exit 1; }

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help report test peers bayes lock clean

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' Makefile

report: $(VENV)/.runtime-stamp ## forecast the Japan-France talks and write reports/jpn-fra-raa
	@$(BIN)/forecast report $(CASE) --out reports/$(CASE)

test: $(VENV)/.dev-stamp ## check lint, format, types and walls, then run the tests
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -n 2 --dist worksteal

peers: $(PEERS_VENV)/.stamp ## make .venv-peers, the libraries that experiments/benchmarks compares with

bayes: $(BAYES_VENV)/.stamp ## make .venv-bayes, the sampler that experiments/benchmarks/bayes.py compares with

lock: ## resolve the lock files anew (LOCK_FLAGS=--upgrade for newer versions)
	@set -e; uv=$(BIN)/uv; \
	if [ ! -x "$$uv" ]; then \
		echo "Installing uv in a throw-away environment ..."; \
		scratch=$$(mktemp -d); trap 'rm -rf "$$scratch"' EXIT; \
		$(PYTHON) -m venv "$$scratch"; \
		"$$scratch/bin/python" -m pip --disable-pip-version-check -qq install uv; \
		uv=$$scratch/bin/uv; \
	fi; \
	echo "Resolving requirements.lock ..."; \
	"$$uv" $(COMPILE) pyproject.toml --group build -o requirements.lock; \
	echo "Resolving requirements-dev.lock ..."; \
	"$$uv" $(COMPILE) pyproject.toml --group dev -c requirements.lock -o requirements-dev.lock; \
	echo "Resolving requirements-peers.lock ..."; \
	"$$uv" $(COMPILE) experiments/benchmarks/peers.in -o requirements-peers.lock; \
	echo "Resolving requirements-bayes.lock ..."; \
	"$$uv" $(COMPILE) experiments/benchmarks/bayes.in -o requirements-bayes.lock

clean: ## remove the environments, caches and build products (never reports or data)
	rm -rf $(VENV) $(PEERS_VENV) $(BAYES_VENV) build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name .git -prune -o -type d -name __pycache__ -prune -exec rm -rf {} +

# Stamps live inside the environment, so removing it removes them; a changed lock installs anew.

$(VENV)/.made-stamp:
	@$(CHECK_PYTHON)
	@echo "Making $(VENV) with $$($(PYTHON) --version) ..."
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.runtime-stamp: requirements.lock pyproject.toml | $(VENV)/.made-stamp
	@echo "Installing requirements.lock into $(VENV) (about a minute the first time) ..."
	@$(INSTALL_LOCK) requirements.lock
	@$(INSTALL_CHECKOUT)
	@touch $@

# The development lock holds the runtime lock's versions, so it serves both purposes.
$(VENV)/.dev-stamp: requirements-dev.lock requirements.lock pyproject.toml | $(VENV)/.made-stamp
	@echo "Installing requirements-dev.lock into $(VENV) (about two minutes the first time) ..."
	@$(INSTALL_LOCK) requirements-dev.lock
	@$(INSTALL_CHECKOUT)
	@touch $(VENV)/.runtime-stamp $@

# Apart from .venv: peers pin older versions of what the project uses.
$(PEERS_VENV)/.stamp: requirements-peers.lock
	@$(CHECK_PYTHON)
	@echo "Installing requirements-peers.lock into $(PEERS_VENV) (about a minute) ..."
	@$(PYTHON) -m venv $(PEERS_VENV)
	@$(INSTALL_PEERS_LOCK) requirements-peers.lock
	@touch $@

# JAX is large and nothing else needs it.
$(BAYES_VENV)/.stamp: requirements-bayes.lock
	@$(CHECK_PYTHON)
	@echo "Installing requirements-bayes.lock into $(BAYES_VENV) (about a minute) ..."
	@$(PYTHON) -m venv $(BAYES_VENV)
	@$(INSTALL_BAYES_LOCK) requirements-bayes.lock
	@touch $@
