# The two commands of the README: `make run` and `make test`. Each sets itself up in .venv.

PYTHON ?= python3
ARGS ?=
BIN := .venv/bin

.PHONY: run demo test lint types unit quick docs docs-site helper-types bench mutants lock clean always

run: .venv/run.stamp
	@exec $(BIN)/yabandpay-mock serve $(ARGS)

demo: .venv/run.stamp
	@exec $(BIN)/yabandpay-mock demo $(ARGS)

test: lint types unit

lint: .venv/dev.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

# The package also as it is on other systems, where early returns leave code unreachable.
types: .venv/dev.stamp
	$(BIN)/mypy
	$(BIN)/mypy --platform win32 --no-warn-unreachable --cache-dir .mypy_cache/win32 mockserver
	$(BIN)/mypy --platform darwin --no-warn-unreachable --cache-dir .mypy_cache/darwin mockserver

# Python's bytecode is kept, as each worker and each command that a test starts would else compile everything anew.
# COVERAGE=1 measures which lines the quick tests run: what is measured takes nearly twice as long, and the slow tests run
# little that the quick ones do not. SLOW=1 adds the slow tests, as CI does.
unit quick: export PYTHONDONTWRITEBYTECODE =
unit: .venv/dev.stamp
ifdef COVERAGE
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest -m "not slow" $(ARGS)
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report
else
	$(BIN)/python -m pytest -m "not slow" $(ARGS)
endif
ifdef SLOW
	$(BIN)/python -m pytest -m slow $(ARGS)
else
	@echo 'The slow tests were left out: browsers, databases that are killed, every case of every rule. Run them with make test SLOW=1'
endif

quick: .venv/dev.stamp
	$(BIN)/python -m pytest -m "not slow" $(ARGS)

# Generated pages of docs/; a test fails when they are out of date.
docs: .venv/dev.stamp
	$(BIN)/python -m mockserver.pages.docs.reference
	$(BIN)/python -m mockserver.cli.reference

# The documentation as a site, in English and Chinese, into build/site. It stops at any warning, such as a broken link.
docs-site: .venv/site.stamp
	$(BIN)/python -m website $(ARGS)

# The types of the helpers in other languages; a test fails when they are out of date.
helper-types: .venv/dev.stamp
	$(BIN)/python -m helpers.generate

bench: .venv/dev.stamp
	$(BIN)/python -m bench $(ARGS)

# Changes the code at random and says what no test notices: make mutants MODULES="mockserver/a.py" ARGS="--sample 100"
mutants: .venv/mutants.stamp
	$(BIN)/python -m bench.mutants $(MODULES) $(ARGS)

# Builds and checks what a release publishes, and says what is still open: make release-check ARGS="--offline"
release-check: .venv/release.stamp
	$(BIN)/python -m release check $(ARGS)

# Dates the changelog, commits, checks as for a release, and tags. Pushing the tag publishes; see docs/releasing.md.
release: .venv/release.stamp
	$(BIN)/python -m release prepare $(ARGS)

# Fills in the owner of the repository on GitHub wherever it is missing: make repository OWNER=name
repository: .venv/release.stamp
	$(BIN)/python -m release repository $(OWNER)

# Renews the lock files; needs uv.
lock:
	uv pip compile --universal --python-version 3.10 --generate-hashes --no-header --no-annotate --upgrade --quiet \
		pyproject.toml -o requirements.lock
	uv pip compile --universal --python-version 3.10 --generate-hashes --no-header --no-annotate --upgrade --quiet \
		--extra postgresql -c requirements.lock pyproject.toml -o requirements-postgresql.lock
	uv pip compile --universal --python-version 3.10 --generate-hashes --no-header --no-annotate --upgrade --quiet \
		--group dev -c requirements-postgresql.lock pyproject.toml -o requirements-dev.lock
	uv pip compile --universal --python-version 3.10 --generate-hashes --no-header --no-annotate --upgrade --quiet \
		--group pyproject.toml:ci -c requirements-dev.lock -o requirements-ci.lock
	uv pip compile --universal --python-version 3.10 --generate-hashes --no-header --no-annotate --upgrade --quiet \
		--group pyproject.toml:mutants -c requirements-dev.lock -o requirements-mutants.lock
	uv pip compile --universal --python-version 3.10 --generate-hashes --no-header --no-annotate --upgrade --quiet \
		--group pyproject.toml:site -c requirements-dev.lock -o requirements-site.lock
	uv pip compile --universal --python-version 3.10 --generate-hashes --no-header --no-annotate --upgrade --quiet \
		--group pyproject.toml:release -c requirements-dev.lock -o requirements-release.lock

clean:
	rm -rf .venv build dist .coverage .coverage.* .mypy_cache .pytest_cache .ruff_cache .hypothesis

# Prints what .venv depends on: the Python, where it is, and where this folder is. An environment of its own counts as
# the Python that it was made with, so that `make run` may be called with .venv active. Any Python can read this line.
CHOOSE = Choose another, such as: make $(or $(firstword $(MAKECMDGOALS)),run) PYTHON=python3.12
WHICH := import os, sys; found = "%d.%d" % sys.version_info[:2]; \
	sys.version_info >= (3, 10) or sys.exit("The sandbox needs Python 3.10 or newer, and $(PYTHON) is Python %s. $(CHOOSE)" % found); \
	print("Python %s of %s for %s" % (found, sys.prefix, os.getcwd()))

# Made anew when the Python or this folder has changed, else left as it is. Some systems' Python comes without ensurepip;
# pip then installs itself into the environment from outside.
.venv/made.stamp: always
	@command -v $(PYTHON) >/dev/null || { echo 'There is no $(PYTHON) here. $(CHOOSE)' >&2; exit 1; }
	@which=$$($(PYTHON) -E -S -c '$(WHICH)') || exit 1; \
	if [ -x $(BIN)/python ] && [ "$$which" = "$$(cat $@ 2>/dev/null)" ]; then exit 0; fi; \
	echo "Making .venv with $$which" >&2; \
	{ $(PYTHON) -m venv --clear .venv >/dev/null 2>&1 || { \
		$(PYTHON) -m venv --clear --without-pip .venv && $(PYTHON) -m pip --python .venv install --quiet pip; }; } && \
	echo "$$which" > $@

.venv/run.stamp: requirements.lock pyproject.toml .venv/made.stamp
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

.venv/dev.stamp: requirements-dev.lock .venv/run.stamp
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

.venv/mutants.stamp: requirements-mutants.lock .venv/dev.stamp
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-mutants.lock
	@touch $@

.venv/site.stamp: requirements-site.lock .venv/run.stamp
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-site.lock
	@touch $@

.venv/release.stamp: requirements-release.lock .venv/made.stamp
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-release.lock
	@touch $@
