# `make` alone prints the targets. Everything a fresh machine needs is installed by `make deps`.
.DEFAULT_GOAL := help
SHELL := /bin/bash
JOBS ?= $(shell nproc)
PREFIX ?= /usr/local
export CCACHE_SLOPPINESS := pch_defines,time_macros,include_file_mtime,include_file_ctime

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

demo: build ## the whole system on the sample channel, in the background, with three questions
	@tools/demo

demo-stop: ## stop what `make demo` has started
	@tools/demo stop

run: build ## all nine services in the foreground, data under var/run: make run ARGS="--port-base 9000"
	@build/release/telegnosis serve --data var/run $(ARGS)

test: deps ## everything that CI runs
	@tools/test

test-tsan: deps ## pool, queues, caches and the contracts on four loops, under ThreadSanitizer
	@tools/test tsan

test-crash: deps ## the long crash suite: make test-crash KILLS=1000
	@tools/test crash $(or $(KILLS),1000)

bench: deps ## retrieval quality and speed on judged sets: make bench SETS=folder/of/sets
	@test -n "$(SETS)" || { echo "say where the judged sets are: make bench SETS=folder/of/sets"; exit 1; }
	@cmake --preset release --log-level=WARNING
	@cmake --build build/release --target retrieval_quality -j $(JOBS)
	@for set in $(SETS)/*/; do build/release/bench/retrieval_quality $$set; done

fmt: ## format all sources
	@git ls-files -co --exclude-standard '*.cpp' '*.hpp' | xargs clang-format-19 -i

lint: deps ## every public header alone, clang-tidy over all files
	@tools/lint

docs: build ## write the manual page anew (a test keeps it current)
	@build/release/telegnosis manual > docs/telegnosis.1

install: build ## program, manual page, completions and systemd unit under PREFIX (/usr/local)
	@cmake --install build/release --prefix $(PREFIX)

clean: ## remove build products and demo data
	@rm -rf build var
