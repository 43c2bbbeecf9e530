# nem12: what a person or CI types. The extension itself is built by PGXS through extension.mk and everything else
# by CMake, so this file parses on a machine that has neither yet; `deps` brings them.

# Which PostgreSQL: PG_CONFIG=..., or Debian's by its number, PG_MAJOR=17.
PG_CONFIG ?= $(if $(PG_MAJOR),/usr/lib/postgresql/$(PG_MAJOR)/bin/pg_config,pg_config)
BUILD     := build
BUILD_TYPE ?= Release
PREFIX    ?= /usr/local
# Where the loader goes; the extension goes where PG_CONFIG says.
BINDIR    ?= $(PREFIX)/bin
MANDIR    ?= $(PREFIX)/share/man
DATADIR   ?= $(PREFIX)/share/nem12-loader
DOCDIR    ?= $(PREFIX)/share/doc/nem12-loader
UNITDIR   ?= /usr/lib/systemd/system

# Compiler caches stay inside the checkout unless the user has one of their own.
export CCACHE_DIR ?= $(CURDIR)/$(BUILD)/ccache
export PG_CONFIG

jobs      = $(if $(findstring jobserver,$(MAKEFLAGS)),,-j$(shell nproc))
extension = $(MAKE) $(jobs) $(if $(V),,-s) --no-print-directory -f extension.mk
cmake     = cmake --build $(BUILD) --target

.PHONY: all deps extension loader tests configure stage check check-faults check-mutants check-sanitize check-versions fuzz coverage run bench install install-extension install-loader installcheck uninstall deb dist check-packages format clean distclean
.DEFAULT_GOAL := all

all: extension loader

# DEPS=no: as it is, nothing is looked for and nothing installed. For package builds.
deps:
	@$(if $(filter no,$(DEPS)),:,scripts/deps)

extension: deps
	+@$(extension) all

configure: deps
	@test -f $(BUILD)/CMakeCache.txt || cmake -S . -B $(BUILD) -G Ninja -DCMAKE_BUILD_TYPE=$(BUILD_TYPE) $(if $(WERROR),-DNEM12_WERROR=$(WERROR)) $(CMAKE_OPTIONS) > /dev/null

loader: configure
	@$(cmake) nem12-loader

tests: configure
	@$(cmake) nem12_tests

# A complete installation below build/install, which the private servers of the tests use.
stage: extension
	+@rm -rf $(BUILD)/install
	+@$(extension) install DESTDIR=$(CURDIR)/$(BUILD)/install > /dev/null

# Every test the same way, see scripts/check. STAGES="unit regress" runs only these, and builds only what they need.
# Warnings are errors in what it compiles (WERROR=0: are not): for developers and CI. Plain `make` has to work with compilers
# that nobody here has seen yet.
check: export WERROR ?= 1
check:
	+@scripts/check $(STAGES)

# The same under sanitizers (PARTS="unit threads extension"), and a search for inputs that break something, SECONDS=n for each
# target (TARGETS="parser values"...). Both build trees of their own below build/.
check-sanitize: all stage
	@scripts/check-sanitize $(PARTS)

fuzz: deps
	@scripts/fuzz $(or $(SECONDS),60) $(TARGETS)

# How much of mdff/ the unit tests and the fuzzers' inputs reach.
coverage: deps
	@scripts/coverage

# The same on other versions of Debian and PostgreSQL, in trees below build/versions (root; SUITES=trixie, STAGES="regress").
check-versions: stage
	@scripts/check-versions $(SUITES)

# Debian packages of the loader and of the extension for each PostgreSQL that is installed, in build/deb; the archive for PGXN.
deb:
	@scripts/deb

dist:
	@scripts/dist

# Packages made and used in new Debian systems, in trees below build/packages (root; SUITES=bookworm).
check-packages:
	@scripts/check-packages $(SUITES)

# Half an hour of faults (FAULT_SECONDS=n, FAULT_SEED=n) and a table of what came of them: docs/reliability.md.
check-faults: all tests stage
	@scripts/check-faults

# Takes out one safeguard at a time and shows which test notices (MUTANTS="fence lease"): docs/reliability.md.
check-mutants: deps
	@scripts/check-mutants $(MUTANTS)

# The main job on private, throwaway servers.
run: all stage
	@scripts/run

# The table and the picture of docs/performance.md come from here. ONLY="queries corrections" runs only some parts, QUICK=1 all on a tenth of the data.
bench: all stage
	@scripts/deps gnuplot-nox
	@scripts/duckdb
	@$(cmake) nem12_bench
	@bench/run $(if $(QUICK),--quick,$(if $(ONLY),,--docs)) $(addprefix --only=,$(ONLY))

install: install-extension install-loader

install-extension: extension
	+@$(extension) install

# The manual page where there is lowdown to make it.
install-loader: loader
	install -D -m 755 $(BUILD)/nem12-loader '$(DESTDIR)$(BINDIR)/nem12-loader'
	install -d '$(DESTDIR)$(UNITDIR)'
	sed 's|=nem12-loader |=$(BINDIR)/nem12-loader |; s|/usr/share/doc/nem12-loader|$(DOCDIR)|' \
	    loader/systemd/nem12-loader.service > '$(DESTDIR)$(UNITDIR)/nem12-loader.service'
	install -D -m 644 -t '$(DESTDIR)$(DATADIR)' example.config.toml docs/grafana/nem12-loader.json docs/prometheus/nem12-alerts.yml
	install -D -m 644 -t '$(DESTDIR)$(DOCDIR)' README.md
	install -D -m 644 -t '$(DESTDIR)$(DOCDIR)/docs' docs/*.md
	if command -v lowdown > /dev/null; then install -d '$(DESTDIR)$(MANDIR)/man1' && \
	    scripts/man-page $(DOCDIR)/docs > '$(DESTDIR)$(MANDIR)/man1/nem12-loader.1'; fi

uninstall:
	+@$(extension) uninstall
	rm -f '$(DESTDIR)$(BINDIR)/nem12-loader' '$(DESTDIR)$(UNITDIR)/nem12-loader.service' '$(DESTDIR)$(MANDIR)/man1/nem12-loader.1'
	cd '$(DESTDIR)$(DATADIR)' && rm -f example.config.toml nem12-loader.json nem12-alerts.yml
	cd '$(DESTDIR)$(DOCDIR)' && rm -f README.md $(wildcard docs/*.md)
	rmdir '$(DESTDIR)$(DATADIR)' '$(DESTDIR)$(DOCDIR)/docs' '$(DESTDIR)$(DOCDIR)'

# PGXS's own: pg_regress and pg_isolation_regress against the running server that PGHOST, PGPORT... name.
installcheck:
	+@$(extension) installcheck

format:
	git ls-files -z '*.cpp' '*.hpp' | xargs -0 clang-format -i

clean:
	+@if $(PG_CONFIG) --pgxs > /dev/null 2>&1; then $(extension) clean > /dev/null; fi
	@if [ -f $(BUILD)/CMakeCache.txt ]; then $(cmake) clean; fi

distclean: clean
	rm -rf $(BUILD)
