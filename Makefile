# `make` alone prints the targets. `make deps` installs everything that a fresh machine needs.
.DEFAULT_GOAL := help
SHELL := /bin/bash
JOBS ?= $(shell nproc)
PREFIX ?= /usr/local

.PHONY: test-tsan help deps build-deps build demo demo-stop run test test-crash bench fmt lint docs install clean

help: ## print this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

deps: ## install the Debian packages of tools/packages.txt that are missing
	@tools/install_deps

build-deps:
	@tools/install_deps build

build: build-deps ## build the release program: build/release/telegnosis
	@cmake --preset release --log-level=WARNING $(if $(TG_COMMIT),-DTG_COMMIT=$(TG_COMMIT))
	@cmake --build build/release --target telegnosis -j $(JOBS)

demo: build ## start everything on the sample channel, in the background, and ask three questions
	@tools/demo

demo-stop: ## stop what `make demo` started
	@tools/demo stop

run: build ## run all nine services in the foreground, data in var/run: make run ARGS="--port-base 9000"
	@build/release/telegnosis serve --data var/run $(ARGS)

test: deps ## run everything that CI runs
	@tools/test

test-tsan: deps ## run the multi-threaded tests under ThreadSanitizer
	@tools/test tsan

test-crash: deps ## run the long crash suite: make test-crash KILLS=1000
	@tools/test crash $(or $(KILLS),1000)

bench: deps ## measure retrieval quality and speed on judged sets: make bench SETS=folder/of/sets
	@test -n "$(SETS)" || { echo "name the folder of judged sets: make bench SETS=folder/of/sets"; exit 1; }
	@cmake --preset release --log-level=WARNING
	@cmake --build build/release --target engine_run -j $(JOBS)
	@for set in "$(SETS)"/*/; do bench/engine.py "$$set"; done

fmt: ## format all sources
	@git ls-files -co --exclude-standard '*.cpp' '*.hpp' | xargs clang-format-19 -i

lint: deps ## compile every public header alone, run clang-tidy on all files
	@tools/lint

docs: build ## regenerate the manual page (a test keeps it current)
	@build/release/telegnosis manual > docs/telegnosis.1

install: build ## install program, manual page, completions and systemd unit under PREFIX (/usr/local)
	@cmake --install build/release --prefix $(PREFIX)

clean: ## remove build products and demo data
	@rm -rf build var
