# `make` alone says what there is.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

export PATH := $(CURDIR)/.tools/bin:$(HOME)/.local/bin:$(PATH)
export NUMBA_CACHE_DIR ?= $(CURDIR)/.tools/numba

RUN := uv run --no-sync
PYTHON := $(RUN) python
CODE := shared integrations services launcher tools

.PHONY: help setup build run test lint format affected bench new-service new-integration

help: ## This list
	@awk -F ' *## *' '/^[a-z-]+:.*##/ { split($$1, name, ":"); printf "  make %-18s %s\n", name[1], $$2 }' Makefile

setup: ## Install all that is needed to run and to develop; a second time takes a moment
	@tools/get_uv.sh
	@uv sync --frozen --all-packages --quiet
	@tools/when_changed.sh node_modules package-lock.json -- npm ci --no-audit --no-fund

build: setup ## Build the web app, when it changed
	@tools/when_changed.sh services/web_app/dist package-lock.json services/web_app shared/js -- \
		npm run build --workspace services/web_app

run: build ## Start everything: make run [FOLDER=~/Samples] [ARGS="--port 8001"]
	@exec $(RUN) tonotope explore $(if $(FOLDER),"$(FOLDER:~/%=$(HOME)/%)") $(ARGS)

test: build ## Run every test
	@tools/debian_packages.sh
	npm run test --workspaces --if-present
	npm run test:browser --workspace services/web_app
	$(PYTHON) -m tools.isolated_tests
	$(RUN) pytest shared integrations launcher tools tests
	node --test --test-concurrency=1 tests/system/browser/*.test.js

lint: setup ## Check style, types, borders, shapes, images, locks and licences
	$(RUN) ruff check
	$(RUN) ruff format --check
	$(RUN) mypy $(CODE)
	$(RUN) lint-imports --no-logo
	$(RUN) hadolint services/*/Dockerfile
	uv lock --check
	for check in check_parts "requirements --check" "licences --check" "descriptor_reference --check" "message_docs --check" message_contracts "queue_users --check"; do $(PYTHON) -m tools.$$check; done
	npm run check --workspace services/web_app

format: setup ## Format the Python code, and mend what can be mended by itself
	$(RUN) ruff check --fix
	$(RUN) ruff format

affected: setup ## Run the tests of what you changed: make affected [BASE=origin/main]
	$(PYTHON) -m tools.affected $(if $(BASE),--base $(BASE))

bench: setup ## Measure speed, side by side with what others use
	for benchmark in benchmarks/*/*.py; do echo "$$benchmark"; $(PYTHON) "$$benchmark"; done

new-service: setup ## Begin a service: make new-service NAME=x
	$(PYTHON) -m tools.new service $(NAME)

new-integration: setup ## Begin an integration: make new-integration NAME=x
	$(PYTHON) -m tools.new integration $(NAME)
