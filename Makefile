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
# If make itself is killed, what it runs gets the signal that stops it in order.
TETHERED := $(if $(shell command -v setpriv),setpriv --pdeathsig TERM)
STACK := $(TETHERED) target/debug/chat-local
CLOUD := $(TOOLS)/cloud/bin/python infra/tools/cloud
STAGE ?= dev
ENDPOINTS ?= $(LOCAL_DIR)/endpoints.json

.PHONY: help
help: ## Lists these targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 16

.PHONY: dev
dev: stack ## Builds and starts the whole service on this machine until Ctrl-C (PORT=3000 LOCAL_DIR=.local)
	@exec $(STACK)

.PHONY: chat
chat: ## Chats in this terminal as one of the demo's people, on the core of the mobile apps (AS=customer-1)
	@infra/tools/install-packages build core
	@cargo build --quiet --package chat-terminal
	@exec target/debug/chat-terminal $(or $(AS),customer-1)

.PHONY: test
test: binaries failpoints ## Runs every test, with databases of its own
	@infra/tools/install-tools schemathesis cloud client browser swift
	@cargo test --workspace --no-run
	@infra/tools/generate-bindings python target/bindings/python
	@infra/tools/build-kotlin
	@infra/tools/generate-bindings swift target/bindings/swift
	@$(TOOLS)/swift/bin/python infra/tools/check-swift --self-test
	@$(TOOLS)/swift/bin/python infra/tools/check-swift target/bindings/swift
	@exec $(TETHERED) infra/tools/run-tests $(STACK)

.PHONY: check
check: format startable lint direction named asvs dependencies bill template contract generators client cipher migrations packages instructions cloud bites ## Format, what make dev builds, clippy, direction, named tests, rows of security, dependencies and their bill, templates, contract, generators, client, cryptography, migrations, packages, what a send takes, stacks and their deployment, the search for untested SQL: all without the cloud

.PHONY: faults
faults: binaries failpoints ## Kills, restarts and disturbs everything under load, and checks what came of it (ONLY=storm; ONLY=outage MINUTES=60; half an hour)
	@target/debug/chat-faults $(ONLY)

.PHONY: large
large: binaries ## Exports 100,000 messages and 200 images, killed ten times, and lets a million messages expire (ONLY=exporting; ten minutes)
	@# A process for each: the export's memory is looked at.
	@for proof in $(or $(ONLY),exporting expiring); do \
	  FULL_SIZE=1 $(STACK) exec -- cargo test --package chat-testing --test large_records -- --nocapture $$proof; \
	done

.PHONY: prove
prove: binaries ## Runs the long proofs: a model of delivery, changed SQL and Rust, walks over the API, fuzzed parsers (ONLY="model sql" STATEMENTS="messages sessions/get" FILES=shared/src/caller.rs; hours)
	@exec infra/tools/prove $(STACK) $(ONLY)

.PHONY: bites
bites:
	@infra/tools/install-tools prove
	@$(TOOLS)/prove/bin/python infra/tools/mutate-sql --self-test

.PHONY: bench
bench: programs $(if $(filter core,$(or $(ONLY),core)),library) ## Measures the programs that deploy beside pgbench and the same operation in Node and Python, and the core of the mobile apps (ONLY=warm-send STRICT=1; under 20 minutes)
	@infra/tools/install-packages valgrind
	@infra/tools/install-tools peers
	@FUNCTIONS_DIR=target/deployed target/release/chat-bench $(if $(STRICT),--strict) $(ONLY)

.PHONY: size
size: programs ## Prints how large the functions' programs are that deploy
	@FUNCTIONS_DIR=target/deployed target/release/chat-bench size

.PHONY: rie
rie: binaries ## Runs each function's sample event under AWS's own runtime interface emulator (ZIPS=target/lambda-zips/x86_64)
	@infra/tools/install-tools sam
	@exec $(STACK) exec -- $(TOOLS)/sam/bin/python infra/tools/rie $(ZIPS)

.PHONY: build
build: ## Builds everything in release into target/release (what deploys is linked smaller, by make package)
	@infra/tools/install-packages build core
	@cargo build --workspace --bins --release

.PHONY: package
package: ## Builds and zips the functions for Lambda into target/lambda-zips (ARCHITECTURE=arm64 ONLY="send-message redeliver")
	@infra/tools/install-packages build
	@infra/tools/install-tools package
	@$(TOOLS)/package/bin/python infra/tools/cloud package $(if $(ARCHITECTURE),--architecture $(ARCHITECTURE)) $(if $(ONLY),--only $(ONLY))

.PHONY: plan
plan: ## Prints what a stage would deploy, without any access to AWS (STAGE=dev)
	@infra/tools/install-tools cloud
	@$(CLOUD) plan $(STAGE)

.PHONY: deploy
deploy: ## Deploys a stage of infra/stages with the zips of `make package`: says what, asks, then does, then tries it (STAGE=dev YES=1 TOKENS=people.json)
	@infra/tools/install-tools cloud
	@$(CLOUD) deploy $(STAGE) $(if $(YES),--yes) $(if $(ZIPS),--zips $(ZIPS)) $(if $(TOKENS),--tokens $(TOKENS))

.PHONY: destroy
destroy: ## Deletes a stage, and keeps its data unless told otherwise (STAGE=dev DATA=delete YES=1)
	@infra/tools/install-tools cloud
	@$(CLOUD) destroy $(STAGE) $(if $(filter delete,$(DATA)),--data) $(if $(YES),--yes)

.PHONY: picture
picture: ## Draws what deploys into docs/OPERATIONS.md, from the templates
	@infra/tools/install-tools cloud
	@$(CLOUD) picture

.PHONY: smoke
smoke: ## Plays a whole conversation against any deployment (ENDPOINTS=.local/endpoints.json)
	@infra/tools/install-tools cloud
	@$(CLOUD) smoke $(ENDPOINTS)

.PHONY: sbom
sbom: ## Lists what the functions are made of (CycloneDX), and what the zips of `make package` were built from, in target/sbom
	@infra/tools/install-tools sbom
	@$(TOOLS)/sbom/bin/python infra/tools/sbom

.PHONY: records
records: ## Exports a customer's records on the stack of `make dev`, and opens what it made (CUSTOMER=1)
	@infra/tools/install-tools cloud
	@$(TOOLS)/cloud/bin/python infra/tools/records $(ENDPOINTS) "$(CUSTOMER)"

.PHONY: clean
clean: ## Forgets the local stack's data (cargo clean forgets the build)
	@infra/tools/forget-data "$(LOCAL_DIR)"

# What `make dev` runs, and nothing else.
FUNCTIONS := $(notdir $(patsubst %/Cargo.toml,%,$(wildcard functions/*/Cargo.toml)))

.PHONY: stack
stack:
	@infra/tools/install-packages build databases
	@cargo build --bins --package chat-local $(addprefix --package ,$(FUNCTIONS))

.PHONY: binaries
binaries:
	@infra/tools/install-packages build core databases
	@cargo build --workspace --bins

.PHONY: programs
programs:
	@infra/tools/install-packages build core databases python
	@# As on Android, whose cryptography is the slower one.
	@cipher=$$(infra/tools/build-cipher target/cipher/host); eval "$$cipher"; \
	  cargo build --release --bin chat-bench --bin core-phone
	@cargo build --profile deployed --bins $(addprefix --package ,$(FUNCTIONS))
	@cargo build --profile deployed --package chat-bench --bin bare-send

# What `make bench ONLY=core` measures.
.PHONY: library
library:
	@infra/tools/install-packages build core python
	@infra/tools/build-library

.PHONY: failpoints
failpoints:
	@# The other programs are named so that dependencies get the same features, and are not built twice.
	@CARGO_BUILD_BUILD_DIR=target cargo build --workspace --bin send-message --bin mark-read --bin redeliver \
	  --bin chat-local --bin chat-faults --bin chat-bench \
	  --features send-message/failpoints,mark-read/failpoints,redeliver/failpoints --target-dir target/failpoints

.PHONY: format
format:
	@cargo fmt --all --check

# A name that is no package would stop `make dev`.
.PHONY: startable
startable:
	@infra/tools/install-packages build
	@for package in chat-local $(FUNCTIONS); do cargo pkgid --quiet "$$package" >/dev/null; done

.PHONY: lint
lint:
	@infra/tools/install-packages build core
	@cargo clippy --workspace --all-targets -- -D warnings

.PHONY: direction
direction:
	@infra/tools/install-packages python
	@infra/tools/check-direction --self-test
	@infra/tools/check-direction

.PHONY: named
named:
	@infra/tools/install-packages python
	@infra/tools/check-named-tests --self-test
	@infra/tools/check-named-tests

.PHONY: asvs
asvs:
	@infra/tools/install-packages python
	@infra/tools/check-asvs --self-test
	@infra/tools/check-asvs

.PHONY: dependencies
dependencies:
	@infra/tools/install-packages python
	@infra/tools/install-tools cargo-deny
	@infra/tools/check-dependencies

.PHONY: bill
bill:
	@infra/tools/install-tools sbom
	@$(TOOLS)/sbom/bin/python infra/tools/sbom --self-test
	@$(TOOLS)/sbom/bin/python infra/tools/sbom

.PHONY: template
template:
	@infra/tools/install-tools sam
	@$(TOOLS)/sam/bin/sam validate --lint --region eu-central-1

# Two of the functions, for this machine's processor; `cloud` then looks into their zips.
.PHONY: packages
packages:
	@$(MAKE) package ONLY="ws-disconnect send-message" ARCHITECTURE=$(if $(filter aarch64,$(shell uname -m)),arm64,x86_64)

# What a warm send takes may not grow: counted of the program that was just packaged, on any x86-64 machine alike.
.PHONY: instructions
instructions: binaries packages
	@infra/tools/install-packages valgrind
	@mkdir -p target/counted
	@ln -sf $(foreach function,$(FUNCTIONS),$(CURDIR)/target/debug/$(function)) target/counted/
	@ln -sf $(CURDIR)/target/lambda/$(shell uname -m)-unknown-linux-gnu/send-message/bootstrap target/counted/send-message
	@FUNCTIONS_DIR=target/counted target/debug/chat-bench $(if $(filter x86_64,$(shell uname -m)),--strict) instructions

.PHONY: cloud
cloud:
	@infra/tools/install-tools sam checkov cloud
	@infra/tools/check-cloud

.PHONY: contract
contract:
	@infra/tools/install-tools contract
	@infra/tools/validate-contract

.PHONY: generators
generators:
	@infra/tools/install-tools generators
	@infra/tools/check-generators

.PHONY: client
client:
	@infra/tools/install-tools client
	@PATH=$(CURDIR)/$(TOOLS)/node/bin:$$PATH npm --silent --prefix clients/js run check

# What Android's library has inside, against what everything else here is built with.
.PHONY: cipher
cipher: binaries
	@infra/tools/install-packages python
	@infra/tools/check-cipher

.PHONY: migrations
migrations:
	@infra/tools/check-migrations --self-test
	@infra/tools/check-migrations
