# SPDX-License-Identifier: Apache-2.0
# The everyday commands; what they do is in scripts/ and meson.build.

RELEASE = --buildtype=release -Ddebug=true $(WERROR)
ASAN = --buildtype=debug -Doptimization=1 -Db_sanitize=address,undefined \
	$(WERROR)
FUZZ = --buildtype=debug -Doptimization=1 -Db_sanitize=address,undefined \
	-Db_lundef=false -Dfuzz=true
WERROR = $(if $(CI),-Dwerror=true)

FUZZ_SECONDS ?= 60

# Targets name what they need in order; the compiler gets the cores instead.
.NOTPARALLEL:
.PHONY: help deps build build-asan run test test-quick check format hooks \
	reference bench fuzz clean

help:
	@echo 'make build       build/stowage, optimised'
	@echo 'make run         install what is missing, build, serve ./data'
	@echo 'make test        every check and test, release and sanitized'
	@echo 'make test-quick  unit and wire tests of the release build, but the long ones'
	@echo 'make check       the static gates (scripts/check)'
	@echo 'make format      clang-format over all C'
	@echo 'make hooks       gates and unit tests before each commit'
	@echo 'make reference   docs/reference and docs/man from the tables'
	@echo 'make bench       beside nginx, multer, ipx and dd; bench/run --help says more'
	@echo 'make fuzz        each fuzzer for FUZZ_SECONDS=$(FUZZ_SECONDS)'
	@echo 'make clean       remove what was built; ./data stays'

deps:
	@scripts/deps build

build:
	@scripts/configure build $(RELEASE)
	@ninja -C build --quiet stowage stowage-ocr stowage-render \
		stowage-scale

build-asan:
	@scripts/configure build-asan $(ASAN)
	@ninja -C build-asan --quiet

run: deps
	@echo 'building; the first time takes some minutes...'
	@$(MAKE) --no-print-directory build
	@exec build/stowage serve --banner

test:
	@scripts/deps build test
	@scripts/configure build $(RELEASE)
	@ninja -C build --quiet
	@$(MAKE) --no-print-directory build-asan
	@tests/run build build-asan

test-quick:
	@scripts/deps build test
	@scripts/configure build $(RELEASE)
	@ninja -C build --quiet
	@tests/run --quick build

check:
	@scripts/check

format:
	@scripts/format

hooks:
	@scripts/hooks

reference: build
	@scripts/reference build

bench:
	@scripts/deps build bench
	@$(MAKE) --no-print-directory build
	@bench/run

fuzz:
	@scripts/deps build fuzz
	@CC=clang scripts/configure build-fuzz $(FUZZ)
	@ninja -C build-fuzz --quiet
	@scripts/fuzz build-fuzz $(FUZZ_SECONDS)

clean:
	rm -rf build build-asan build-fuzz
