# `make` lists the targets. Everything a target needs is made by `setup`, in .venv and .tools.

# The first Python that fits; `make PYTHON=/path/to/python3.12 …` names another.
PYTHON = $(shell for python in python3 python3.13 python3.12 python3.11; do \
	"$$python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null \
	&& { echo "$$python"; break; }; done)

# A script of ours, with Terraform's configuration and without the banners of tools.
RUN = TF_CLI_CONFIG_FILE="$(CURDIR)/.tools/terraformrc" CHECKPOINT_DISABLE=1 \
	JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION=20 .venv/bin/python

# What `setup` has to make: `run` for a run of the engine, `dev` for the inner loop, `test` for all that CI runs.
LEVEL = dev
demo synth synth-cdktn bench mutants: LEVEL = run
test deploy-emulated: LEVEL = test

.PHONY: help setup demo test quick fmt synth synth-cdktn deploy-emulated bench fuzz mutants

help:
	@echo "make setup    Python packages, OPA and Regal, into .venv (the other targets call it)"
	@echo "make demo     one run from declared facts to Terraform, on the mesh in this repository"
	@echo "make test     all that CI runs: formats, types, imports, policies, tests"
	@echo "make quick    the inner loop: the same without the slow tests"
	@echo "make fmt      rewrites what is formatted or generated"
	@echo "make synth    synthesizes the Terraform into cdktf.out"
	@echo "make synth-cdktn  synthesizes with the fork of cdktf too, and compares"
	@echo "make deploy-emulated  deploys that mesh to an emulated AWS, changes it, reads back, destroys it"
	@echo "make bench    measures the engine on a large mesh"
	@echo "make fuzz     checks 100,000 random meshes against evaluators that share no code with the engine, 1,000 on an emulated AWS"
	@echo "make mutants  breaks the engine on purpose; each break must fail a test"
	@echo
	@echo "Needed: Python 3.11 to 3.13, node 20 or 22, Go (or OPA and Regal); for make test also Terraform 1.10 or newer"

setup:
	@python="$(PYTHON)"; \
	test -n "$$python" || { echo "set-up: Python 3.11, 3.12 or 3.13 is needed: https://www.python.org/downloads" >&2; exit 1; }; \
	"$$python" tools/setup.py $(LEVEL)

demo: setup
	@$(RUN) tools/demo.py

test: setup
	@$(RUN) tools/check.py test

quick: setup
	@$(RUN) tools/check.py quick

fmt: setup
	@.venv/bin/ruff check --quiet --fix-only .
	@.venv/bin/ruff format --quiet .
	@.venv/bin/opa fmt --write policies
	@$(RUN) tools/generate_schemas.py

synth: setup
	@$(RUN) tools/synth.py

synth-cdktn: setup
	@$(RUN) tools/synth_cdktn.py

deploy-emulated: setup
	@$(RUN) tools/deploy_emulated.py
	@$(RUN) -m pytest -q -m long tests/deploy

bench: setup
	@$(RUN) tools/bench.py

fuzz: setup
	@$(RUN) tools/fuzz.py

mutants: setup
	@$(RUN) tools/mutants.py
