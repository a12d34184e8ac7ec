# The whole set-up is one file: .venv/.stamp. Every target that needs it makes it first.

PYTHON ?= python3 python3.14 python3.13 python3.12 python3.11
FOUND = $(shell for p in $(PYTHON); do $$p -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && command -v $$p && break; done)
MISSING = Corral needs Python 3.11 or newer with its venv module (looked for: $(PYTHON)). Debian, Ubuntu: apt-get install python3 python3-venv. Fedora: dnf install python3. macOS: brew install python. Or name one: make PYTHON=/path/to/python3.13
UV ?= uv
ARGS ?=
HOMES = $(patsubst %/lock,%,$(wildcard .corral/*/lock .corral/*/*/lock))

# What repeats this run, as the report says it.
typed = make $(1)$(if $(filter 1,$(QUICK)), QUICK=1)$(if $(ARGS), ARGS="$(subst ','\'',$(ARGS))")

unexport PYTHONPATH PYTHONHOME
.PHONY: help install demo ladder mistakes test run stampede compare selfcheck audit bench peers proof check serve worker lock clean

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' Makefile

install: .venv/.stamp ## .venv with everything in it; the other targets do so themselves

demo: export CORRAL_DEMO_COMMAND = make demo$(if $(filter 1,$(QUICK)), QUICK=1)$(if $(filter 1,$(EXIT)), EXIT=1)$(if $(ARGS), ARGS="$(ARGS)")
demo: .venv/.stamp ## before/after on real servers, then a service to try (EXIT=1: no service, QUICK=1)
	.venv/bin/corral demo --end-with-parent $(if $(filter 1,$(EXIT)),--exit) $(if $(filter 1,$(QUICK)),--quick) $(ARGS)

ladder: .venv/.stamp ## the article's fixes a step at a time, then ours (QUICK=1, ARGS="--price 12.5")
	.venv/bin/python -m loadtests ladder --command '$(call typed,ladder)' $(if $(filter 1,$(QUICK)),--quick) $(ARGS)

mistakes: .venv/.stamp ## layered with one field wrong at a time (QUICK=1, ARGS="--only no-jitter")
	.venv/bin/python -m loadtests mistakes --command '$(call typed,mistakes)' $(if $(filter 1,$(QUICK)),--quick) $(ARGS)

test: .venv/.stamp ## the whole suite, on servers it starts (ARGS="-k lease" for a part)
	$(if $(ARGS),mkdir -p .corral/pytest && PYTEST_DEBUG_TEMPROOT=.corral/pytest .venv/bin/pytest $(ARGS),.venv/bin/python -m tests.lanes)

proof: .venv/.stamp ## the long tests: schedules, faults, fuzzing, copies, a cluster (ARGS="-k herd" for a part)
	mkdir -p .corral/pytest && CORRAL_PROOF=1 PYTEST_DEBUG_TEMPROOT=.corral/pytest .venv/bin/pytest -v --durations=20 tests/simulation tests/faults tests/jobs tests/cluster tests/schemathesis tests/strategies/test_poisoned.py tests/test_copyable.py tests/loadtests/trials/test_traffic_runs.py tests/loadtests/trials/test_fault_runs.py tests/loadtests/trials/test_whole_ladder.py tests/loadtests/selfcheck tests/audit $(ARGS)

run: .venv/.stamp ## scenarios against strategies (ARGS="--scenario community --strategy naive,layered", QUICK=1)
	.venv/bin/python -m loadtests run --command '$(call typed,run)' $(if $(filter 1,$(QUICK)),--quick) $(ARGS)

stampede: .venv/.stamp ## one hot key goes cold and all ask at once (ARGS="--strategy naive,layered", QUICK=1)
	.venv/bin/python -m loadtests stampede --command '$(call typed,stampede)' $(if $(filter 1,$(QUICK)),--quick) $(ARGS)

selfcheck: .venv/.stamp ## how fast the generator of the load tests is here, and what it sees (ARGS=--full)
	.venv/bin/python -m loadtests selfcheck $(ARGS)

compare: .venv/.stamp ## what differs between two results beyond their spread (ARGS="BEFORE.json AFTER.json")
	.venv/bin/python -m loadtests compare $(ARGS)

audit: .venv/.stamp ## what is in a Redis, what of it is dead, what it costs (ARGS="--url redis://host:6379")
	.venv/bin/corral audit $(ARGS)

bench: .venv/.stamp ## the patterns against other libraries (QUICK=1 is short, ARGS="--row hits" a part)
	CORRAL_BENCH_COMMAND="make bench $(if $(filter 1,$(QUICK)),QUICK=1)" .venv/bin/python -m benchmarks $(if $(filter 1,$(QUICK)),--sizes quick) $(ARGS)

peers: .venv/.stamp ## the patterns in a service beside other libraries (QUICK=1 is short, ARGS="--work warm")
	.venv/bin/python -m loadtests peers --command "make peers$(if $(filter 1,$(QUICK)), QUICK=1)" $(if $(filter 1,$(QUICK)),--sizes quick) $(ARGS)

check: .venv/.stamp ## formatting, lint, types
	.venv/bin/ruff format --check && .venv/bin/ruff check && .venv/bin/mypy

serve: .venv/.stamp ## one service on DATABASE_URL and REDIS_URL (ARGS="--strategy naive --port 8001")
	.venv/bin/corral serve $(ARGS)

worker: .venv/.stamp ## one worker (outbox, pushes to feeds, views) on DATABASE_URL and REDIS_URL
	.venv/bin/corral worker $(ARGS)

lock: ## requirements.txt and the peers' locks anew (needs uv; ARGS=--upgrade)
	$(if $(shell command -v $(UV)),,$(error make lock needs uv: python3 -m pip install uv))$(UV) pip compile pyproject.toml --universal --generate-hashes --all-extras --python-version 3.11 --custom-compile-command "make lock" --quiet --output-file requirements.txt $(ARGS) && cd benchmarks/peers && for peer in *.in; do $(UV) pip compile $$peer --universal --generate-hashes --python-version 3.11 --custom-compile-command "make lock" --quiet --output-file $${peer%.in}.txt $(ARGS) || exit; done && cd ../../loadtests/peers && $(UV) pip compile environment.in --no-annotate --universal --generate-hashes --python-version 3.11 --custom-compile-command "make lock" --quiet --output-file environment.txt $(ARGS)

clean: ## remove .corral, reports, .venv and caches, unless servers still run
	@"$(or $(FOUND),$(error $(MISSING)))" -m service.embedded.clean $(HOMES) && rm -rf .corral reports .venv .mypy_cache .ruff_cache .pytest_cache && find . -name __pycache__ -type d -prune -exec rm -rf {} +

# A .venv that was moved here, or whose Python has gone, counts as missing.
ifneq ($(shell .venv/bin/python -c 'print(open(".venv/.stamp").read())' 2>/dev/null),$(CURDIR))
.PHONY: .venv/.stamp
endif

.venv/.stamp: requirements.txt pyproject.toml
	@"$(or $(FOUND),$(error $(MISSING)))" scripts/install.py
