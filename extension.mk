# The PostgreSQL extension, by PGXS. Run from the root of the repository (PGXS wants nem12.control, sql/ and expected/ where it
# runs): make -f extension.mk [all|install|installcheck|clean]. The Makefile in the root does that.

EXTENSION  = nem12
EXTVERSION := $(shell sed -n "s/^default_version *= *'\([^']*\)'.*/\1/p" nem12.control)
MODULE_big = nem12
OBJS       = $(patsubst %.cpp,%.o,$(wildcard extension/src/*.cpp extension/src/*/*.cpp mdff/src/*.cpp mdff/src/*/*.cpp))
DATA       = $(wildcard extension/sql/upgrade/nem12--*.sql)
DATA_built = extension/sql/nem12--$(EXTVERSION).sql

# `setup` creates the extension for every other test, and what they share.
REGRESS        = setup $(filter-out setup,$(sort $(patsubst sql/%.sql,%,$(wildcard sql/*.sql))))
ISOLATION      = setup $(filter-out setup,$(patsubst test/isolation/specs/%.spec,%,$(sort $(wildcard test/isolation/specs/*.spec))))
ISOLATION_OPTS = --inputdir=test/isolation --load-extension=nem12
EXTRA_CLEAN    = META.json

PG_CONFIG  ?= pg_config
PG_CPPFLAGS = -DNEM12_VERSION='"$(EXTVERSION)"' -Imdff/include -Imdff/src -Iextension/src -isystem $(shell $(PG_CONFIG) --includedir-server)
PG_CXXFLAGS = -std=c++20 -O2 -Wall -Wextra $(if $(filter-out 0,$(WERROR)),-Werror) -Wno-register -fvisibility=hidden -fvisibility-inlines-hidden

ifdef NEM12_MUTANTS # make check-mutants only
PG_CPPFLAGS += -DNEM12_MUTANTS
endif

# Both are set again by PGXS, hence `override` before the include. Bitcode: PGXS compiles it without PG_CXXFLAGS, and inlining
# into queries brings nothing here. Linking: PGXS would take the C compiler and leave libstdc++ out.
override with_llvm = no
override COMPILER  = $(CXX) $(CXXFLAGS)

PGXS := $(shell $(PG_CONFIG) --pgxs)
include $(PGXS)

ifneq ($(shell command -v ccache),)
override CXX := ccache $(CXX)
endif

# Up to 15 PostgreSQL does not mark what it wants exported; from 16 on its own headers do.
ifeq ($(MAJORVERSION),15)
override CPPFLAGS += -DPGDLLEXPORT='__attribute__((visibility("default")))'
endif

# Few headers, all small: every object depends on all of them. Objects made for another PostgreSQL or version of nem12 are made
# anew: build/made_for changes only when these do.
$(OBJS): $(shell find mdff/include extension/src mdff/src -name '*.hpp' -o -name '*.inc') build/made_for
made_for := nem12 $(EXTVERSION), $(shell $(PG_CONFIG) --version --includedir-server)
ifneq ($(made_for),$(shell cat build/made_for 2> /dev/null))
$(shell mkdir -p build; echo '$(made_for)' > build/made_for)
endif

extension/sql/nem12--$(EXTVERSION).sql: extension/sql/install.awk extension/src/store/versioned_rows.inc $(sort $(wildcard extension/sql/install/*.sql))
	awk -f $^ > $@.tmp && mv $@.tmp $@

all: META.json
META.json: META.json.in nem12.control
	sed 's/@VERSION@/$(EXTVERSION).0/; s/@EXTVERSION@/$(EXTVERSION)/' $< > $@
