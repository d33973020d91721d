# make dev · make test · make check; `make` alone lists the rest. Settings are given as variables
# (make dev PORT=4000 SEND_BURST=0): make hands them on to what it runs.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
# cargo uses every core already, and the targets' output should not mix.
.NOTPARALLEL:
# rustup's folder is not in the PATH of every shell.
export PATH := $(PATH):$(HOME)/.cargo/bin
export SAM_CLI_TELEMETRY := 0

LOCAL_DIR ?= .local
TOOLS := target/tools
# If make itself is killed, the stack gets the signal that stops it in order.
STACK := $(if $(shell command -v setpriv),setpriv --pdeathsig TERM) target/debug/chat-local

.PHONY: help
help: ## Lists these targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 16

.PHONY: dev
dev: binaries ## Builds and starts the whole service on this machine until Ctrl-C (PORT=3000 LOCAL_DIR=.local)
	@exec $(STACK)

.PHONY: test
test: binaries failpoints ## Runs every test, with databases of its own
	@infra/tools/install-tools schemathesis client browser
	@cargo test --workspace --no-run
	@exec $(STACK) exec -- infra/tools/run-tests
	@SEND_BURST=0 exec $(STACK) exec -- infra/tools/run-javascript-tests

.PHONY: check
check: format lint dependencies template contract client migrations ## Format, clippy, dependencies, template, contract, client, migrations: all without running anything

.PHONY: faults
faults: binaries failpoints ## Kills, restarts and disturbs everything under load, and checks what came of it (ONLY=storm; ten to twenty minutes)
	@target/debug/chat-faults $(ONLY)

.PHONY: bench
bench: programs ## Measures the release binaries beside pgbench and the same operation in Node and Python (ONLY=warm-send; under 15 minutes)
	@infra/tools/install-tools peers
	@target/release/chat-bench $(ONLY)

.PHONY: size
size: programs ## Prints how large the functions' release binaries are
	@target/release/chat-bench size

.PHONY: rie
rie: binaries ## Runs each function's sample event under AWS's own runtime interface emulator
	@infra/tools/install-tools sam
	@exec $(STACK) exec -- $(TOOLS)/sam/bin/python infra/tools/rie

.PHONY: build
build: ## Builds the release binaries into target/release
	@infra/tools/install-packages build
	@cargo build --workspace --bins --release

.PHONY: clean
clean: ## Forgets the local stack's data (cargo clean forgets the build)
	@infra/tools/forget-data "$(LOCAL_DIR)"

.PHONY: binaries
binaries:
	@infra/tools/install-packages build databases
	@cargo build --workspace --bins

.PHONY: programs
programs: build
	@infra/tools/install-packages databases

.PHONY: failpoints
failpoints:
	@# The other programs are named so that dependencies get the same features, and are not built twice.
	@CARGO_BUILD_BUILD_DIR=target cargo build --workspace --bin send-message --bin mark-read --bin redeliver \
	  --bin chat-local --bin chat-faults --bin chat-bench \
	  --features send-message/failpoints,mark-read/failpoints,redeliver/failpoints --target-dir target/failpoints

.PHONY: format
format:
	@cargo fmt --all --check

.PHONY: lint
lint:
	@infra/tools/install-packages build
	@cargo clippy --workspace --all-targets -- -D warnings

.PHONY: dependencies
dependencies:
	@infra/tools/install-tools cargo-deny
	@infra/tools/check-dependencies

.PHONY: template
template:
	@infra/tools/install-tools sam checkov
	@$(TOOLS)/sam/bin/sam validate --lint --region eu-central-1
	@$(TOOLS)/checkov/bin/checkov --file template.yaml --config-file infra/tools/checkov.yaml

.PHONY: contract
contract:
	@infra/tools/install-tools contract
	@infra/tools/validate-contract

.PHONY: client
client:
	@infra/tools/install-tools client
	@PATH=$(CURDIR)/$(TOOLS)/node/bin:$$PATH npm --silent --prefix clients/js run check

.PHONY: migrations
migrations:
	@infra/tools/check-migrations --self-test
	@infra/tools/check-migrations
