# make run      the demonstration, from a bare clone, on http://127.0.0.1:8000
# make test     everything that must hold
# make bench    the benchmarks, as a table
# make format   puts the code into its one form
# make lock     the two lock files, from requirements.in and requirements-dev.in

PYTHON ?= python3
export PYTHON

uv := .venv/bin/uv pip compile --universal --generate-hashes --python-version 3.11 \
	--no-emit-index-url --no-emit-find-links --quiet

.PHONY: run test bench format lock setup setup-dev

run: setup
	.venv/bin/flask --app app demo
	.venv/bin/flask --app app serve

test: setup-dev
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/djlint templates --lint
	.venv/bin/mypy
	.venv/bin/lint-imports --no-logo
	.venv/bin/pytest

bench: setup-dev
	.venv/bin/python -m tests.bench

format: setup-dev
	.venv/bin/ruff format .
	.venv/bin/ruff check --fix .

lock: setup
	.venv/bin/python -m pip install --quiet uv==0.13.9
	$(uv) requirements.in -o requirements.lock
	$(uv) -c requirements.lock requirements-dev.in -o requirements-dev.lock

setup:
	@bash .ci/setup run

setup-dev:
	@bash .ci/setup test
