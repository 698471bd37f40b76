# The two commands of a newcomer: `make run` and `make test`. Both need Go (the version in go.mod) and its module proxy, or a cache with the modules.
# `make help` lists the rest.

SHELL       := /bin/bash
.SHELLFLAGS := -euo pipefail -c
VERSION     ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS     := -s -w -X main.buildVersion=$(VERSION)
BIN         := bin/opsbot
GO          ?= go
PARALLEL    ?= 8# tests of one package at once: most of their time they wait
PACKAGES    ?= 4# packages that are tested at once, for the same reason
# SQLite as it was translated from C, which one goroutine at a time runs: watched, it takes ten times as long, and nothing else does.
RACELESS    := $(foreach p,sqlite/lib libc libc/... memory,-gcflags=modernc.org/$(p)=-race=false)
TOOL        := $(GO) tool -modfile=tools/go.mod

.DEFAULT_GOAL := help
.PHONY: help run run-ha chaos run-site-monitor run-web-fleet build test check lint race fuzz integration bench micro fmt clean

help: ## this list
	@grep -hE '^[a-z -]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{n = split($$1, names, " "); for (i = 1; i <= n; i++) printf "make %-17s %s\n", names[i], $$2}'

run: build ## try it: a simulated fleet and a chat page (with OPSBOT_TELEGRAM_TOKEN set: the real Telegram)
	@exec $(BIN) sandbox $(ARGS)

run-site-monitor run-web-fleet: build ## try an example: stub servers, a switch for each, the chat page
	@exec $(BIN) sandbox $(@:run-%=%) $(ARGS)

run-ha: build ## try high availability: PostgreSQL of this machine, two opsbots, the chat page with a switch that kills the leader
	@$(GO) run ./test/ha $(abspath $(BIN))

chaos: ## two opsbots under random faults for CHAOS_SECONDS (default 600); `make chaos SEED=n` repeats a schedule
	CHAOS_SEED=$(SEED) CHAOS_TRIALS=$${CHAOS_TRIALS:-1} CHAOS_SECONDS=$${CHAOS_SECONDS:-600} $(GO) test -tags integration -count=1 -v -timeout 2h -run TestIntegrationChaos ./test/cluster

build: ## bin/opsbot, static and stripped
	@CGO_ENABLED=0 $(GO) build -trimpath -ldflags '$(LDFLAGS)' -o $(BIN) ./cmd/opsbot

test: ## all tests that need nothing but Go
	CGO_ENABLED=0 $(GO) test -p $(PACKAGES) -parallel $(PARALLEL) ./...

check: lint race examples vuln ## what CI runs: format, lint, vet, race tests, docs and examples

lint: ## gofumpt, golangci-lint with depguard, module files
	$(GO) mod verify
	$(GO) mod tidy -diff
	$(TOOL) golangci-lint run ./...

race: ## all tests under the race detector, in random order; installs a C compiler when there is none
	@command -v $${CC:-gcc} >/dev/null || ./scripts/install gcc libc6-dev || { echo 'The race detector needs a C compiler. Without one: make lint test examples'; exit 1; }
	CGO_ENABLED=1 $(GO) test -race $(RACELESS) -shuffle=on -parallel 4 -timeout 20m ./... # the race detector takes the processors: fewer at once

.PHONY: examples
examples: build ## every example configuration, through the binary that users run
	@for f in $$(find deploy/examples -name opsbot.toml); do echo "config check $$f"; $(BIN) config check $$f; done

.PHONY: sbom vuln site notice release-snapshot
SUPPLY := $(GO) tool -modfile=tools/supply/go.mod

sbom: build ## bin/opsbot.cdx.json: what the binary is made of, with licences, as CycloneDX
	$(SUPPLY) cyclonedx-gomod bin -json -licenses -std -version '$(VERSION)' -output $(BIN).cdx.json $(BIN)

release-snapshot: ## dist/: binaries, packages (deb, rpm, apk, archlinux), images, SBOM and checksums of this commit, for amd64 and arm64
	@GO='$(GO)' ./scripts/release dist

site: ## dist/site: the documents as a site in both languages, with a search
	@cd tools/site && $(GO) tool -modfile=go.mod hugo --quiet --noBuildLock --cleanDestinationDir --destination ../../dist/site
	@echo "dist/site/index.html; to look at it: python3 -m http.server -d dist/site"

vuln: ## known vulnerabilities in what the binary calls; says so where their database cannot be reached
	@GO='$(GO)' ./scripts/vuln

notice: ## NOTICE, the licences of what is in the binary; a test holds it to them
	$(GO) test ./test/house -run TestNoticeIsTrue -update

fuzz: ## each fuzz target for FUZZTIME (default 20s)
	@./scripts/fuzz $${FUZZTIME:-20s}

integration: build ## installs and starts the real programs, and runs the tests that need them
	./scripts/integration

bench: build ## the bars of speed as one table, 12 minutes; `make bench BARS=3` is one of them
	@CGO_ENABLED=0 $(GO) run ./test/bench $(BARS)

micro: ## the benchmarks of single packages
	$(GO) test -run '^$$' -bench . -benchmem ./...

fmt: ## format
	$(TOOL) gofumpt -w .

clean: ## remove what was built
	rm -rf bin dist
