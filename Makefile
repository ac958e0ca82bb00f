# `make` alone prints the targets. Everything a fresh machine needs is installed by `make deps`.
.DEFAULT_GOAL := help
SHELL := /bin/bash
JOBS ?= $(shell nproc)
PREFIX ?= /usr/local
export CCACHE_SLOPPINESS := pch_defines,time_macros,include_file_mtime,include_file_ctime

.PHONY: help deps build-deps build test test-crash bench fmt lint install clean

help: ## print this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

deps: ## install the Debian packages of tools/packages.txt that are missing
	@tools/install_deps

build-deps:
	@tools/install_deps build

build: build-deps ## build the release program: build/release/telegnosis
	@cmake --preset release --log-level=WARNING
	@cmake --build build/release --target telegnosis -j $(JOBS)

test: deps ## everything that CI runs
	@tools/test

test-crash: deps ## the long crash suite: make test-crash KILLS=1000
	@tools/test crash $(or $(KILLS),1000)

bench: deps ## retrieval quality and speed on judged sets: make bench SETS=folder/of/sets
	@cmake --preset release --log-level=WARNING
	@cmake --build build/release --target retrieval_quality -j $(JOBS)
	@for set in $(SETS)/*/; do build/release/bench/retrieval_quality $$set; done

fmt: ## format all sources
	@git ls-files -co --exclude-standard '*.cpp' '*.hpp' | xargs clang-format-19 -i

lint: deps ## every public header alone, clang-tidy over all files
	@tools/lint

install: build ## put the program under PREFIX (/usr/local)
	@cmake --install build/release --prefix $(PREFIX)

clean: ## remove build products and demo data
	@rm -rf build var
