# Everything a fresh clone needs. `make help` lists the commands.
# .venv and what is in it are made when first needed and again when a lock changes.

VENV := .venv
PY := $(VENV)/bin/python
PIP_INSTALL := -m pip install --quiet --disable-pip-version-check --no-input \
	--no-deps --require-hashes
INSTALL := $(PY) $(PIP_INSTALL)

# What only a release needs: beside what runs and what tests, never among it.
RELEASE := $(VENV)/release
RELEASE_PY := $(RELEASE)/bin/python
VERSION := $(shell sed -n 's/^version = "\(.*\)"$$/\1/p' pyproject.toml)
NAMED := tsunagu-bot-$(VERSION)

# More arguments for pytest (`make test PYTEST_ARGS="-k slots"`), how many of it run side by side
# (`make test WORKERS=8`), how many random rounds an attack makes and from which seed on
# (`make attack ATTACK_FROM=1000`), the same of kills and faults (`make chaos CHAOS_FROM=1000`), for
# bot.py run, what is measured (`make bench BENCH="answers starts"`), for the lock
# (`make lock LOCK_ARGS=--upgrade`), and a tag's name and the file with its message
# (`make tag MESSAGE=dist/attack.txt`).
PYTEST_ARGS ?=
WORKERS ?= 3
ATTACK_ROUNDS ?= 60
ATTACK_FROM ?= 0
CHAOS_ROUNDS ?= 100
CHAOS_FROM ?= 0
RUN_ARGS ?=
BENCH ?=
LOCK_ARGS ?=
TAG ?= v$(VERSION)
MESSAGE ?=
export TAG MESSAGE

# A .venv whose Python has gone (removed or upgraded with the system) counts as not set up.
$(shell [ -x $(PY) ] || rm -f $(VENV)/.run-stamp $(VENV)/.dev-stamp)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run test attack chaos format rooms pictures lock bench sbom audit release-town tag tag-check clean

help:
	@echo 'make run     動かす（初回は準備もする）   set up if needed, and run'
	@echo 'make test    すべて確かめる               set up if needed, lint and test'
	@echo 'make attack  攻撃して確かめる             attack it at length (ATTACK_ROUNDS=600 for longer)'
	@echo 'make chaos   落としながら確かめる         kill it and cut it off at random (CHAOS_ROUNDS=300 for longer)'
	@echo 'make format  書式をそろえる               format and fix the code'
	@echo 'make rooms   部屋のつながりを数える       count how the rooms hang together (HOUSE=../another checkout)'
	@echo 'make pictures 案内の画面を撮り直す       take the screenshots of the guide anew'
	@echo 'make bench   速さを測る                   run the benchmarks'
	@echo 'make lock    依存の版を固定し直す         re-lock (LOCK_ARGS=--upgrade for newer versions)'
	@echo 'make sbom    部品の一覧を作る             list what it is made of (CycloneDX), into dist/'
	@echo 'make audit   部品の既知の弱点を調べる     ask for known vulnerabilities of the packages'
	@echo 'make release-town 版の町を書き直す        write the town that is kept of this version, until its tag'
	@echo 'make tag     版に印を付ける               tag the version (MESSAGE=FILE with the figures of the attack)'
	@echo 'make clean   .venv と控えを消す           remove .venv and caches; data/ stays'

run: $(VENV)/.run-stamp
	@exec $(PY) bot.py run $(RUN_ARGS)

# Slack's types, read by npm's TypeScript; without npm their tests say that they were skipped.
TYPES := tests/slack/types
NPM := $(shell command -v npm)

# pytest comes last, so that its closing lines (what was skipped, the summary) end the run. mypy works
# beside it, on the core that is idle while pytest reads its files; what it finds wrong ends the run.
test: $(VENV)/.dev-stamp $(if $(NPM),$(TYPES)/node_modules/.stamp)
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) $(VENV)/bin/lint-imports --no-logo
	@echo '$(PY) -m mypy, and beside it pytest'
	@said=$$(mktemp) && { $(PY) -m mypy >"$$said" 2>&1 & types=$$!; }; \
		trap 'kill $$types 2>/dev/null; rm -f "$$said"' EXIT; \
		$(PY) -m pytest -n $(WORKERS) --dist worksteal $(PYTEST_ARGS); tests=$$?; \
		wait $$types || { cat "$$said" >&2; exit 1; }; exit $$tests

# What an attacker would do, as far as a program can: a few rounds of it are in `make test`. It ends
# with how much was done; of a round that failed with the line that repeats it.
attack: $(VENV)/.dev-stamp
	ATTACK_ROUNDS=$(ATTACK_ROUNDS) ATTACK_FROM=$(ATTACK_FROM) $(PY) -m pytest -m attack \
		-n $(WORKERS) --dist worksteal --timeout 1800 $(PYTEST_ARGS)

# Kills and faults at random, over real processes, and whole lives of meetings: a few rounds of both
# are in `make test`. Of one that failed its name says the seed: `make chaos CHAOS_FROM=17 CHAOS_ROUNDS=1`.
# CHAOS_LOG=rounds.log adds a line of each round: what was done, in how many seconds.
chaos: $(VENV)/.dev-stamp
	CHAOS_ROUNDS=$(CHAOS_ROUNDS) CHAOS_FROM=$(CHAOS_FROM) $(PY) -m pytest tests/chaos \
		-n $(WORKERS) --dist worksteal --timeout 1800 $(PYTEST_ARGS)

format: $(VENV)/.dev-stamp
	$(PY) -m ruff check --fix-only .
	$(PY) -m ruff format .

HOUSE ?= .

rooms: $(VENV)/.dev-stamp
	@$(PY) -m tests.support.rooms $(HOUSE)

# The stories take more than the documents show; what none of them shows does not stay.
pictures: $(VENV)/.dev-stamp
	$(PY) -m pytest -q tests/stories --screenshots docs/images
	@for picture in docs/images/*.png; do \
		grep -rqF "images/$${picture##*/}" README.md docs --include=*.md || rm "$$picture"; done

# All of it, or what BENCH names; BENCH_CASES=100000 is the whole city. See docs/dev/benchmarks.md.
bench: $(VENV)/.dev-stamp
	$(PY) -m benchmarks $(BENCH)

# Django and what only Django needs stay out: of django-htmx, only one JavaScript file is used.
LOCK := $(PY) -m uv pip compile pyproject.toml --quiet --universal --python-version 3.11 \
	--generate-hashes --custom-compile-command 'make lock' --no-emit-package django \
	--no-emit-package asgiref --no-emit-package sqlparse $(LOCK_ARGS)

lock: $(PY)
	@$(PY) -m uv --version >/dev/null 2>&1 \
		|| $(PY) -m pip install --quiet --disable-pip-version-check --no-input uv
	$(LOCK) --output-file requirements.txt
	$(LOCK) --group dev --constraint requirements.txt --output-file requirements-dev.txt
	$(LOCK:pyproject.toml=) --group release --output-file requirements-release.txt

# How a release is made, and what to do with what these find: docs/dev/release.md.
sbom: $(RELEASE)/.stamp
	@mkdir -p dist
	@$(RELEASE_PY) -W ignore::UserWarning -m cyclonedx_py requirements --pyproject pyproject.toml \
		--mc-type application --output-reproducible --output-format JSON \
		--output-file dist/$(NAMED).cdx.json requirements.txt
	@echo 'dist/$(NAMED).cdx.json'

# Without --strict a service that knows none of the packages would count as nothing found.
# What was found is written into a file; when that is empty, nobody could be asked.
audit: $(RELEASE)/.stamp
	@mkdir -p dist; rm -f dist/$(NAMED).audit.txt
	@$(RELEASE_PY) -m pip_audit --strict --requirement requirements.txt --require-hashes --disable-pip \
		--progress-spinner off --output dist/$(NAMED).audit.txt && exit 0; \
	if [ -s dist/$(NAMED).audit.txt ]; then cat dist/$(NAMED).audit.txt; \
		echo '部品に既知の弱点があります。することは docs/dev/release.md にあります。' \
		'Known vulnerabilities were found: docs/dev/release.md says what to do.' >&2; \
	else echo '調べられませんでした（弱点がないという意味ではありません）。' \
		'The vulnerability service could not be asked: this does not mean that there are none.' >&2; fi; exit 1

# A version has one name everywhere: in pyproject.toml, over its lines in the CHANGELOG, on its tag.
tag-check:
	@[ "$$TAG" = 'v$(VERSION)' ] || { echo "pyproject.toml は $(VERSION)、タグは $$TAG です。" \
		'The tag does not name the version of pyproject.toml.' >&2; exit 1; }
	@grep -Eq '^## $(VERSION) \([0-9]{4}-[0-9]{2}-[0-9]{2}\)$$' CHANGELOG.md || { \
		echo 'CHANGELOG.md に「## $(VERSION) (日付)」の見出しがありません。' \
		'The CHANGELOG has no heading with this version and its date.' >&2; exit 1; }

# The town that is kept of this version, which every later one opens (tests/storage/test_releases.py).
release-town: $(VENV)/.dev-stamp
	$(PY) -m tests.support.release

tag: tag-check
	@[ -z "$$(git status --porcelain)" ] || { echo 'まだコミットしていない変更があります。' \
		'Commit first: the tag would name something else than what lies here.' >&2; exit 1; }
	@[ -s "$$MESSAGE" ] || { echo 'MESSAGE=ファイル で、攻撃の結果の数字を渡してください。' \
		'MESSAGE=FILE: the closing figures of `make attack` are the message.' >&2; exit 1; }
	@$(PY) -m tests.support.release --check
	git tag -a "$$TAG" -F "$$MESSAGE"

clean:
	rm -rf $(VENV) $(TYPES)/node_modules .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# A stamp is newer than its lock once that lock is installed. The development lock holds the
# runtime lock too, at the same versions, so it answers for both.
$(VENV)/.run-stamp: requirements.txt | $(PY)
	@echo '準備しています（数分かかることがあります）。Installing the packages; this can take minutes.'
	@$(PY) -m pip --version >/dev/null 2>&1 || $(PY) -m ensurepip
	@$(INSTALL) -r requirements.txt
	@touch $@

$(VENV)/.dev-stamp: requirements-dev.txt | $(PY)
	@echo '準備しています（数分かかることがあります）。Installing the packages; this can take minutes.'
	@$(PY) -m pip --version >/dev/null 2>&1 || $(PY) -m ensurepip
	@$(INSTALL) -r requirements-dev.txt
	@touch $(VENV)/.run-stamp $@

$(RELEASE)/.stamp: requirements-release.txt | $(PY)
	@$(PY) -m venv --clear $(RELEASE)
	@$(RELEASE_PY) $(PIP_INSTALL) -r requirements-release.txt
	@touch $@

# Where npm reaches no registry the rest is tested all the same.
$(TYPES)/node_modules/.stamp: $(TYPES)/package-lock.json
	@cd $(TYPES) && if $(NPM) ci --silent --no-audit --no-fund; then touch node_modules/.stamp; \
		else echo 'Slack の型を npm で入れられませんでした。npm could not install @slack/types.' >&2; fi

# PYTHON=… chooses another one: `make run PYTHON=python3.13`.
$(PY):
	@for python in $(PYTHON) python3 python3.11 python3.12 python3.13 python3.14; do \
		if "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
			exec "$$python" -m venv --clear $(VENV); \
		fi; \
	done; \
	echo 'Python 3.11 以上が見つかりません。入れてから、もう一度お試しください。' \
		'No Python 3.11 or newer was found; please install one and try again.' >&2; exit 1
