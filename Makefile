# `make` alone prints the targets. Everything a fresh machine needs is installed by `make deps`.
.DEFAULT_GOAL := help
SHELL := /bin/bash
JOBS ?= $(shell nproc)
PREFIX ?= /usr/local
export CCACHE_SLOPPINESS := pch_defines,time_macros,include_file_mtime,include_file_ctime

.PHONY: help deps build demo demo-stop test test-crash bench fmt lint install run clean

help: ## print this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

deps: ## install the Debian packages of tools/packages.txt that are missing
	@tools/install_deps

build: deps ## build the release program: build/release/telegnosis
	@cmake --preset release --log-level=WARNING
	@cmake --build build/release --target telegnosis -j $(JOBS)

demo: build ## start everything, import the sample channel, ask three questions
	@tools/demo

demo-stop: ## stop what `make demo` started
	@tools/demo stop

test: deps ## everything that CI runs
	@tools/test

test-crash: deps ## the long crash suite: make test-crash KILLS=1000
	@tools/test crash $(or $(KILLS),1000)

bench: build ## the benchmarks of bench/
	@tools/bench

fmt: ## format all sources
	@git ls-files -co --exclude-standard '*.cpp' '*.hpp' | xargs clang-format-19 -i

lint: deps ## clang-tidy over all files, every public header alone
	@tools/lint

install: build ## put program, page, man page, completions and systemd unit under PREFIX
	@cmake --install build/release --prefix $(PREFIX)

run: build ## run in the foreground with the data under ./var/run
	@build/release/telegnosis --data var/run serve

clean: ## remove build products and demo data
	@rm -rf build var
