# make run      the demonstration, from a bare clone, on http://127.0.0.1:8000
# make test     everything that must hold
# make bench    the benchmarks, as a table
# make faults   the long runs: lines that lose, servers that are killed, phones that are slow
# make format   puts the code into its one form
# make translations   new sentences into the Chinese list, and the list compiled
# make lock     the two lock files, from requirements.in and requirements-dev.in

PYTHON ?= python3
export PYTHON

uv := .venv/bin/uv pip compile --universal --generate-hashes --python-version 3.11 \
	--no-emit-index-url --no-emit-find-links --quiet


messages := .venv/messages.pot

.PHONY: run test bench faults format translations lock setup setup-dev

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

faults: setup-dev
	.venv/bin/pytest -m faults -n 0

format: setup-dev
	.venv/bin/ruff format .
	.venv/bin/ruff check --fix .

translations: setup-dev
	.venv/bin/pybabel extract -F campaigns/translations/babel.cfg -k _l -k ngettext:1,2 \
		--no-location --omit-header --sort-output -o $(messages) .
	.venv/bin/pybabel update --no-fuzzy-matching --width 100 --ignore-obsolete \
		-d campaigns/translations -i $(messages) -l zh_Hans
	.venv/bin/pybabel compile -d campaigns/translations

lock: setup
	.venv/bin/python -m pip install --quiet uv==0.13.9
	$(uv) requirements.in -o requirements.lock
	$(uv) -c requirements.lock requirements-dev.in -o requirements-dev.lock

setup:
	@bash .ci/setup run

setup-dev:
	@bash .ci/setup test
