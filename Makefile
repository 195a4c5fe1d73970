# make setup   what the other two need, in .venv (they call it themselves)
# make run     the service on this machine with the demonstration history: http://127.0.0.1:8000
# make test    everything that must hold before a change goes in
# make soak    the tests of what must never be lost, for long: thousands of killed processes, in some 40 minutes
# make bench   the store beside its peers and the databases' own limits: bench/results.md, in some 40 minutes
#
# ARGS is passed on: make run ARGS="--port 9000", make test ARGS="-k partner",
# make bench ARGS="--only append --rounds 1".

BIN := .venv/bin
READY := .venv/.ready
WORKERS ?= auto

.DEFAULT_GOAL := help
.PHONY: help setup run test soak bench lint fmt lock clean

help:
	@sed -n 's/^# \{0,1\}//p' Makefile | sed '/^$$/q'

setup: $(READY)

# The stamp holds the place it was made for, so a moved or copied folder is set up again.
ifneq ($(shell cat $(READY) 2>/dev/null),$(CURDIR))
.PHONY: $(READY)
endif
$(READY): requirements-dev.lock pyproject.toml tools/setup
	@sh tools/setup requirements-dev.lock

run: $(READY)
	@$(BIN)/errera serve --demo $(ARGS)

test: lint
	$(BIN)/pytest -n $(WORKERS) --dist loadgroup $(ARGS)

soak: $(READY)
	SOAK=1 $(BIN)/pytest -n $(WORKERS) --dist loadgroup tests/events tests/schedulers $(ARGS)

bench: $(READY)
	@$(BIN)/python bench/run.py $(ARGS)

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

fmt: $(READY)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# New versions for all three locks. Needs uv. The locks hold versions and hashes and no registry's address, so that
# any mirror can serve them; --universal makes one file do for every system and Python the project runs on.
LOCK := uv pip compile --quiet --upgrade --universal --generate-hashes --python-version 3.11 \
	--no-emit-index-url --no-emit-find-links --no-header --no-annotate
lock:
	@command -v uv >/dev/null || { echo "make lock needs uv: https://docs.astral.sh/uv/" >&2; exit 1; }
	$(LOCK) pyproject.toml -o requirements.lock
	$(LOCK) pyproject.toml --extra dev --constraints requirements.lock -o requirements-dev.lock
	grep -A99 '^setuptools==' requirements-dev.lock | sed '2,$${/^[^ ]/,$$d;}' > requirements-build.lock

clean:
	rm -rf .venv .bench build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
