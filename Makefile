# `make` alone lists the targets.
PYTHON ?= python3
VENV_PYTHON := .venv/bin/python
STACK := $(VENV_PYTHON) -m local_stack
NPM := $(PYTHON) bootstrap.py npm
TICKER ?= AAPL
SESSIONS ?= 60
SPEED ?= 1
SCENARIO ?= plain
ARGS ?=
S ?=
COMPOSE ?= docker compose
# Images carry it, so that models name the code they came from.
export GIT_COMMIT ?= $(shell git rev-parse HEAD 2>/dev/null)

.DEFAULT_GOAL := help
.PHONY: help init run stop status logs clean-data train reproduce replay what-if simulate workflow schedules replay-dlq test lint format lock client up down bootstrap bootstrap-python

help: ## list the targets
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: bootstrap ## start everything on this machine and stay until Ctrl-C (BELLWETHER_PORT_BASE, BELLWETHER_DATA_DIR)
	@$(STACK) run $(ARGS)

stop: bootstrap-python ## stop what `make run` started
	@$(STACK) stop

status: bootstrap-python ## what runs, where, since when, with how much memory
	@$(STACK) status

logs: bootstrap-python ## follow the logs (S=backend1 for one service)
	@$(STACK) logs $(S)

clean-data: bootstrap-python ## delete all data of a stopped stack, after asking (YES=1 does not ask)
	@$(STACK) clean-data $(if $(YES),--yes)

train: bootstrap-python ## train one ticker on the running stack (TICKER=AAPL)
	@$(STACK) train --ticker "$(TICKER)"

reproduce: bootstrap-python ## train a model once more from its record and compare every metric (MODEL=<id>)
	@$(STACK) reproduce --model "$(MODEL)"

replay: bootstrap-python ## make a past range's forecasts, with the models of those days (TICKER=AAPL FROM=2012-01-03 TO=)
	@$(STACK) replay --ticker "$(TICKER)" --start "$(FROM)" --end "$(TO)"

what-if: bootstrap-python ## would retraining have helped in a past range? (TICKER=AAPL FROM=2010-01-04 TO=)
	@$(STACK) what-if --ticker "$(TICKER)" --start "$(FROM)" --end "$(TO)"

simulate: bootstrap-python ## replay a market live (TICKER=AAPL SESSIONS=60 SPEED=1 SCENARIO=plain|regime|bad_model; END=1 ends it)
	@$(STACK) simulate --ticker "$(TICKER)" --sessions "$(SESSIONS)" --speed "$(SPEED)" --scenario "$(SCENARIO)" $(if $(END),--end)

schedules: bootstrap-python ## do now what is due by the schedules and was not done
	@$(STACK) schedules

workflow: bootstrap-python ## run the ingest and train flow on the running stack
	@$(STACK) workflow

replay-dlq: bootstrap-python ## put dead letters back into the topics they came from
	@$(STACK) replay-dlq

test: bootstrap ## run every test against a copy of the stack (ARGS="-k name")
	@$(STACK) test $(ARGS)

lint: bootstrap ## check style, types, import rules and the page
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports
	$(VENV_PYTHON) -m backend.api.openapi --check
	$(NPM) run lint
	$(NPM) run typecheck

format: bootstrap ## rewrite the code in the house style
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .
	$(NPM) run format

lock: bootstrap-python ## write the hash-pinned locks anew
	./requirements/lock.sh

client: bootstrap ## generate the page's API client from the API
	$(VENV_PYTHON) -m backend.api.openapi
	$(VENV_PYTHON) -m ws_monitor.openapi
	$(NPM) run client

init: ## write .env with generated secrets for Compose
	@$(PYTHON) compose/init_env.py

up: ## start everything with Docker Compose
	$(COMPOSE) up --detach --build --wait

down: ## stop what `make up` started
	$(COMPOSE) down

bootstrap:
	@$(PYTHON) bootstrap.py

bootstrap-python:
	@$(PYTHON) bootstrap.py --no-page
