# Everything installs itself: .ci/setup (Python), .ci/engine (Docker), .ci/images (the sandbox). Nothing is
# redone that is up to date.
.DEFAULT_GOAL := help
.PHONY: help demo test quick check hostile fuzz hosts chaos bench setup images clean
BIN := .venv/bin

help:
	@sed -n 's/^\([a-z]*\):.*## /make \1\t/p' Makefile | expand -t 14

demo: images ## start the service, grade three example submissions, print what they got
	$(BIN)/grader demo

test: ## run all tests, in two processes, and beside them the linters
	@.ci/prepare
	@$(MAKE) --no-print-directory check >.cache/check.log 2>&1 & linters=$$!; \
	$(BIN)/python -m pytest -n 2; tests=$$?; \
	wait $$linters; found=$$?; cat .cache/check.log; \
	exit $$((tests + found))

quick: setup ## unit tests and linters in a minute or so: no Docker, nothing that takes over two seconds
	@mkdir -p .cache; $(MAKE) --no-print-directory check >.cache/check.log 2>&1 & linters=$$!; \
	$(BIN)/python -m pytest -q -n 2 -m "not slow" tests/unit tests/invariants; tests=$$?; \
	wait $$linters; found=$$?; cat .cache/check.log; \
	exit $$((tests + found))

check: setup ## run the linters alone: ruff, its formatter, mypy, import-linter
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

hostile: images ## run every attack, the slow ones and the long interleaving too, and print the table
	HOSTILE=all $(BIN)/python -m pytest -q tests/hostile

fuzz: setup ## fuzz the wire for ten minutes, by coverage where atheris is installed
	$(BIN)/python -m tests.hostile.fuzz --seconds 600

bench: images ## measure, and print one table
	$(BIN)/python -m benchmarks

hosts: images ## grade a small course on guests with other kernels and engines (outside of CI; half an hour each)
	.ci/hosts

chaos: setup ## kill workers, API and database a hundred times and count the results
	$(BIN)/python -m tests.chaos.story

setup: ## make .venv with everything at its pinned version, and the data sets
	@.ci/setup
	@.ci/data

images: setup ## have a Docker engine and the sandbox image
	@.ci/engine
	@.ci/images

clean: ## remove what was made here: .venv, caches, the sandbox image
	@[ ! -x $(BIN)/python ] || .ci/images --remove || echo 'the images, if any, stay'
	rm -rf .venv .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis *.egg-info
