# sqlite-rnn. `make help` lists the targets. Everything that is made lands under build/.
#
# All variants (sanitizers, coverage) are this same file called again with another BUILD directory and other
# flags, so that there is one set of rules. Sources and tests are found by name:
#
#   engine/*.c             the engine; kernels_avx2.c and kernels_avx512.c only on x86-64, with flags of their own
#   models/*.rnn           models that become part of it (engine/pretrained.c)
#   ext/*.c                the SQLite side
#   tests/unit/test_*.c    C tests of the engine (cmocka)
#   tests/unit/double_*.c  C tests of the engine built with -DRNN_REAL=double
#   tests/ext/test_*.c     C tests that load build/rnn.so (its path is in $RNN_EXTENSION)
#   tests/ext/core_*.c     C tests that link build/librnn.a (-DSQLITE_CORE)
#   tests/fault/test_*.c   the same, in a folder of their own: failing allocations, interrupts
#   tests/fuzz/fuzz_*.c    LLVMFuzzerTestOneInput; replayed over tests/fuzz/corpus/<name>/ by `make test`
#   tests/sql/*.sql        SQL tests, see tests/run-sql.sh
#   tests/gallery/*.sql    SQL tests of the scripts of sql/gallery, the same way
#   tests/shell/*.sh       everything else that prints TAP
#
# Any other .c in tests/unit, tests/ext or tests/fault is linked into every test of that folder. A test with "timing" in its
# name runs alone; one with "slow" in its name is left out under valgrind and ThreadSanitizer.

BUILD  ?= build
PREFIX ?= /usr/local

.SUFFIXES:
.DELETE_ON_ERROR:
.SECONDARY:
.PHONY: all demo gallery test accuracy bench pretrain lint format sanitize asan tsan valgrind fuzz coverage docs install clean deps \
        help FORCE run-demo run-test run-unit fuzzers test-programs
.DEFAULT_GOAL := all

# ---- platform -------------------------------------------------------------------------------------------------

SYSTEM  := $(if $(filter Windows_NT,$(OS)),Windows,$(shell uname -s))
MACHINE := $(shell uname -m)
JOBS    ?= $(shell nproc 2>/dev/null || sysctl -n hw.ncpu 2>/dev/null || echo 2)

ifeq ($(SYSTEM),Darwin)
  SO := dylib
  SHARED := -dynamiclib -Wl,-dead_strip -Wl,-exported_symbol,_sqlite3_rnn_init
else ifneq ($(filter Windows MINGW% MSYS%,$(SYSTEM)),)
  SO := dll
  SHARED := -shared -static-libgcc -Wl,--exclude-all-symbols -Wl,--gc-sections
else
  SO := so
  SHARED := -shared -Wl,--exclude-libs,ALL -Wl,--gc-sections -Wl,-z,relro,-z,now,-z,nodelete \
            $(if $(SANITIZE),,-Wl,-z,defs)
endif
EXTENSION := $(BUILD)/rnn.$(SO)

# ---- flags ----------------------------------------------------------------------------------------------------

OPT      ?= -O3
WARNINGS := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wconversion $(if $(WERROR),-Werror)
CODEGEN  := -fPIC -fvisibility=hidden -fno-math-errno -ffp-contract=off -ffunction-sections -fdata-sections
# CFLAGS, CPPFLAGS and LDFLAGS are the user's; they come last.
COMPILE = $(CC) -std=c11 $(OPT) -g $(WARNINGS) $(CODEGEN) $(SANITIZE) -pthread -Iengine -Iext -I$(BUILD) \
          $(VARIANT) $(FILE_FLAGS) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<
LINK    = $(CC) $(OPT) -g $(SANITIZE) -pthread $(LDFLAGS)
SUBMAKE = $(MAKE) --no-print-directory
# Building is parallel even where make was called without -j.
BUILDER = $(SUBMAKE) $(if $(findstring -j,$(MAKEFLAGS)),,-j$(JOBS))

# What the system has is asked when a recipe needs it, not before: `make test` may only just have installed it.
BLAS_LIBS     = $(shell scripts/config blas-libs)
# Test programs share one copy of a static BLAS (25 MB) that is made for them.
TEST_BLAS     = $(if $(findstring --wrap,$(BLAS_LIBS)),$(BUILD)/libtestblas.so -Wl$(comma)-rpath$(comma)$(abspath $(BUILD)),$(BLAS_LIBS))
comma         := ,
TEXT_LIBS     = $(shell scripts/config utf8proc-libs)
TEST_LIBS     = $(TEST_BLAS) $(TEXT_LIBS) -lm
SQLITE_LIBS   = $(shell scripts/config sqlite-libs)
CMOCKA_LIBS   = $(shell scripts/config cmocka-libs)
SQLITE3       = $(shell scripts/config sqlite-shell)

# make V=1 shows the commands.
Q = $(if $(V),,@)
say = @$(if $(V),:,printf '%-4s%s\n' '$1' '$2')

# ---- sources --------------------------------------------------------------------------------------------------

X86_KERNELS := engine/kernels_avx2.c engine/kernels_avx512.c
ARM_KERNELS := engine/kernels_neon.c
IS_X86 := $(filter x86_64 amd64 AMD64,$(MACHINE))
IS_ARM := $(filter aarch64 arm64,$(MACHINE))

ENGINE_SRC := $(filter-out $(if $(IS_X86),,$(X86_KERNELS)) $(if $(IS_ARM),,$(ARM_KERNELS)),$(wildcard engine/*.c))
EXT_SRC    := $(wildcard ext/*.c)
MODELS     := $(sort $(wildcard models/*.rnn))
SQL_TESTS   := $(wildcard tests/sql/*.sql)
SHELL_TESTS := $(wildcard tests/shell/*.sh)
# They train networks for seconds: where the program is made slow to be looked into, by sanitizers, valgrind or for coverage, the other
# tests do, and these are left out.
GALLERY_TESTS := $(if $(SLOWED),,$(wildcard tests/gallery/*.sql))

ENGINE_OBJ := $(ENGINE_SRC:%.c=$(BUILD)/obj/%.o)
DOUBLE_OBJ := $(ENGINE_SRC:%.c=$(BUILD)/double/%.o)
EXT_OBJ    := $(EXT_SRC:%.c=$(BUILD)/obj/%.o)
CORE_OBJ   := $(EXT_SRC:%.c=$(BUILD)/core/%.o)

UNIT_SRC     := $(wildcard tests/unit/*.c)
UNIT_TESTS   := $(patsubst %.c,$(BUILD)/%,$(filter tests/unit/test_%,$(UNIT_SRC)))
DOUBLE_TESTS := $(patsubst %.c,$(BUILD)/%,$(filter tests/unit/double_%,$(UNIT_SRC)))
UNIT_SHARED  := $(filter-out tests/unit/test_% tests/unit/double_%,$(UNIT_SRC))
EXTT_SRC     := $(wildcard tests/ext/*.c)
LOAD_TESTS   := $(patsubst %.c,$(BUILD)/%,$(filter tests/ext/test_%,$(EXTT_SRC)))
CORE_TESTS   := $(patsubst %.c,$(BUILD)/%,$(filter tests/ext/core_%,$(EXTT_SRC)))
EXTT_SHARED  := $(filter-out tests/ext/test_% tests/ext/core_%,$(EXTT_SRC))
FAULT_SRC    := $(wildcard tests/fault/*.c)
FAULT_TESTS  := $(patsubst %.c,$(BUILD)/%,$(filter tests/fault/test_%,$(FAULT_SRC)))
FAULT_SHARED := $(filter-out tests/fault/test_%,$(FAULT_SRC))
FUZZ_NAMES   := $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
REPLAYS      := $(FUZZ_NAMES:%=$(BUILD)/tests/fuzz/replay_%)
FUZZERS      := $(FUZZ_NAMES:%=$(BUILD)/tests/fuzz/fuzz_%)

C_TESTS      := $(UNIT_TESTS) $(DOUBLE_TESTS)
SQLITE_TESTS := $(LOAD_TESTS) $(CORE_TESTS) $(FAULT_TESTS) $(REPLAYS)
ALL_TESTS    := $(C_TESTS) $(SQLITE_TESTS) $(GALLERY_TESTS) $(SQL_TESTS) $(SHELL_TESTS)

# ---- for people -----------------------------------------------------------------------------------------------

all: $(EXTENSION) $(BUILD)/librnn.a ## build/rnn.so (.dylib, .dll) to load, build/librnn.a to link with -DSQLITE_CORE

demo: build/stamps/deps-demo ## install what is missing, build, score real reviews, forecast two real series, draw build/demo/*.svg
	@$(BUILDER) $(EXTENSION)
	@$(SUBMAKE) run-demo

gallery: build/stamps/deps-demo ## run sql/gallery/*.sql, write build/gallery/index.html with their output and pictures; RUN='echo' for some
	@$(BUILDER) $(EXTENSION)
	@SQLITE3=$(SQLITE3) scripts/gallery $(RUN)

test: build/stamps/deps-test ## install what is missing, build, run every test; RUN='lstm forecast' for some
	@$(BUILDER) all test-programs
	@$(SUBMAKE) run-test

accuracy: build/stamps/deps-demo ## measure the table of docs/accuracy.md; ROW='airline mr' for some rows
	@$(BUILDER) $(EXTENSION)
	@RNN_EXTENSION=$(EXTENSION) scripts/accuracy $(ROW)

bench: build/stamps/deps-bench ## measure the tables of docs/performance.md, beside PyTorch and oneDNN; ROW='stream rows' for some
	@scripts/deps peers || echo 'What it is compared with and is not there is left out.'
	@$(BUILDER) $(EXTENSION) bench-programs
	@RNN_EXTENSION=$(EXTENSION) scripts/bench $(ROW)

# The kernels are fixed, so that machines with and without AVX-512 write the same bytes: scripts/pretrain.c.
SEED   ?= 1
SERIES ?= 1536
STEPS  ?= 24000
pretrain: build/stamps/deps-demo ## train models/forecast.rnn, which is part of the extension, anew; SEED=1 SERIES=1536 STEPS=24000
	@$(BUILDER) $(BUILD)/pretrain
	@mkdir -p models
	$(if $(IS_X86),OPENBLAS_CORETYPE=Haswell )$(BUILD)/pretrain models/forecast.rnn $(SEED) $(SERIES) $(STEPS)

lint: build/stamps/deps-lint ## clang-format, clang-tidy, cppcheck, shellcheck
	@$(SUBMAKE) $(BUILD)/build_info.h $(BUILD)/pretrained_models.h
	@scripts/lint

format: ## rewrite the C files as .clang-format says
	clang-format -i $$(git ls-files -co --exclude-standard '*.[ch]')

sanitize: asan tsan ## every test under ASan and UBSan, the C tests of the engine under TSan

asan: build/stamps/deps-test
	@$(BUILDER) BUILD=build/asan OPT='-O1 -fno-omit-frame-pointer' \
	    SANITIZE='-fsanitize=address,undefined -fno-sanitize-recover=undefined' all test-programs
	@RNN_PRELOAD=$$(scripts/config asan-library) \
	    $(SUBMAKE) BUILD=build/asan SLOWED=yes run-test

tsan: build/stamps/deps-test
	@$(BUILDER) BUILD=build/tsan OPT=-O1 SANITIZE=-fsanitize=thread unit-programs
	@RNN_SKIP=slow RNN_WRAPPER="$$(scripts/config tsan-wrapper)" TSAN_OPTIONS=halt_on_error=1 \
	    $(SUBMAKE) BUILD=build/tsan run-unit

valgrind: build/stamps/deps-valgrind ## every test under valgrind's memcheck (the slow ones left out)
	@$(BUILDER) all test-programs
	@RNN_SKIP=slow RNN_WRAPPER='valgrind -q --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite' \
	    $(SUBMAKE) SLOWED=yes run-test

fuzz: build/stamps/deps-lint ## libFuzzer, FUZZ_SECONDS=60 for each of FUZZ='rows model ...'
	@$(BUILDER) BUILD=build/fuzz CC=clang OPT=-O1 \
	    SANITIZE='-fsanitize=address,undefined,fuzzer-no-link -fno-sanitize-recover=undefined' fuzzers
	@scripts/fuzz build/fuzz/tests/fuzz $(or $(FUZZ),$(FUZZ_NAMES))

coverage: build/stamps/deps-test ## line coverage of engine/ and ext/ by `make test`
	@$(BUILDER) BUILD=build/coverage OPT=-O0 SANITIZE=--coverage all test-programs
	@find build/coverage -name '*.gcda' -exec rm -f {} +
	@$(SUBMAKE) BUILD=build/coverage SLOWED=yes run-test
	@scripts/coverage build/coverage

docs: $(BUILD)/tools/options_doc ## docs/options.md from the table of options
	$< > docs/options.md.new && mv docs/options.md.new docs/options.md

install: all ## into $(DESTDIR)$(PREFIX)/lib
	install -d $(DESTDIR)$(PREFIX)/lib
	install -m 755 $(EXTENSION) $(DESTDIR)$(PREFIX)/lib/
	install -m 644 $(BUILD)/librnn.a $(DESTDIR)$(PREFIX)/lib/

deps: ## install everything that any target needs, through apt-get, dnf or brew
	scripts/deps build demo test lint valgrind bench peers

clean: ## remove build/
	rm -rf build

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

# ---- running --------------------------------------------------------------------------------------------------

run-demo:
	@mkdir -p build/demo && rm -f build/demo.db
	@$(SQLITE3) -batch -bail -init /dev/null build/demo.db < sql/sentiment.sql
	@$(SQLITE3) -batch -bail -init /dev/null build/demo.db < sql/demo.sql

# Tests run through prove: in parallel, then those alone whose name says that time matters to them.
# matching = the tests of $1 that have one of the words of RUN in their path and not the word in RNN_SKIP
matching = $(foreach t,$1,$(if $(call wanted,$t),$(if $(and $(RNN_SKIP),$(findstring $(RNN_SKIP),$t)),,$t)))
wanted   = $(if $(RUN),$(strip $(foreach word,$(RUN),$(findstring $(word),$1))),yes)

run-test:
	@RNN_EXTENSION=$(abspath $(EXTENSION)) RNN_BUILD=$(abspath $(BUILD)) SQLITE3=$(SQLITE3) \
	    scripts/prove $(JOBS) $(call matching,$(ALL_TESTS))

run-unit:
	@RNN_BUILD=$(abspath $(BUILD)) scripts/prove $(JOBS) $(call matching,$(C_TESTS))

# ---- building -------------------------------------------------------------------------------------------------

build/stamps/deps-%: scripts/deps
	@scripts/deps $*
	@mkdir -p $(@D) && touch $@

# Rewritten only when it says something new: objects depend on it. A library that was installed after
# a build that failed for want of it may ask for other flags.
$(BUILD)/flags: FORCE
	@mkdir -p $(@D)
	@printf '%s\n' '$(CC) $(OPT) $(WARNINGS) $(CODEGEN) $(SANITIZE) $(CPPFLAGS) $(CFLAGS)' \
	    "$$(scripts/config blas-cflags) $$(scripts/config utf8proc-cflags)" > $@.new
	@cmp -s $@.new $@ && rm -f $@.new || mv $@.new $@

# RNN_BUILD_COMMIT, _DATE, _COMPILER, _FLAGS, _BLAS for rnn_debug().
$(BUILD)/build_info.h: FORCE
	@mkdir -p $(@D)
	@scripts/build-info '$(CC)' '$(OPT) $(SANITIZE) $(CFLAGS)' $(BLAS_LIBS) > $@.new
	@cmp -s $@.new $@ && rm -f $@.new || mv $@.new $@

# The models as arrays. The folder is newer than the header where one was added or taken away.
$(BUILD)/pretrained_models.h: scripts/embed $(wildcard models) $(MODELS)
	@mkdir -p $(@D)
	@scripts/embed $(MODELS) > $@

# The kernels of one instruction set: compiled for it, called only where the processor has it.
%/engine/kernels_scalar.o: FILE_FLAGS = -fno-trapping-math
%/engine/kernels_avx2.o: FILE_FLAGS = -fno-trapping-math -mavx2 -mfma -ffp-contract=fast
%/engine/kernels_avx512.o: FILE_FLAGS = -fno-trapping-math -mavx512f -mavx512vl -mavx512dq -mavx512bw -mfma \
    -mprefer-vector-width=512 -ffp-contract=fast
%/engine/gemm.o %/engine/blas_memory.o: FILE_FLAGS = $(shell scripts/config blas-cflags)
%/engine/text.o: FILE_FLAGS = $(shell scripts/config utf8proc-cflags)
$(BUILD)/obj/tests/bench/database.o: FILE_FLAGS = $(shell scripts/config sqlite-cflags)
$(EXT_OBJ) $(EXTT_SRC:%.c=$(BUILD)/obj/%.o) $(FAULT_SRC:%.c=$(BUILD)/obj/%.o): FILE_FLAGS = $(shell scripts/config sqlite-cflags)
$(CORE_OBJ): FILE_FLAGS = -DSQLITE_CORE $(shell scripts/config sqlite-cflags)
$(BUILD)/double/%.o: VARIANT = -DRNN_REAL=double -Itests
$(BUILD)/obj/tests/%.o: VARIANT = -Itests

$(EXT_OBJ) $(CORE_OBJ): | $(BUILD)/build_info.h
$(BUILD)/obj/engine/pretrained.o $(BUILD)/double/engine/pretrained.o: | $(BUILD)/pretrained_models.h

$(BUILD)/obj/%.o: %.c $(BUILD)/flags Makefile
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(COMPILE)

$(BUILD)/core/%.o: %.c $(BUILD)/flags Makefile
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(COMPILE)

$(BUILD)/double/%.o: %.c $(BUILD)/flags Makefile
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(COMPILE)

$(BUILD)/libengine.a: $(ENGINE_OBJ)
$(BUILD)/double/libengine.a: $(DOUBLE_OBJ)
$(BUILD)/librnn.a: $(ENGINE_OBJ) $(CORE_OBJ)
$(BUILD)/libengine.a $(BUILD)/double/libengine.a $(BUILD)/librnn.a:
	@mkdir -p $(@D) && rm -f $@
	$(call say,AR,$@)
	$(Q)$(AR) rcs $@ $^

$(EXTENSION): $(EXT_OBJ) $(BUILD)/libengine.a
	$(call say,LD,$@)
	$(Q)$(LINK) $(SHARED) -o $@ $^ $(BLAS_LIBS) $(TEXT_LIBS) -lm

$(BUILD)/libtestblas.so: $(BUILD)/obj/engine/blas_memory.o
	$(call say,LD,$@)
	$(Q)$(if $(findstring --wrap,$(BLAS_LIBS)),$(LINK) -shared -Wl$(comma)-soname$(comma)$(@F) -o $@ $^ \
	    -Wl$(comma)-u$(comma)cblas_sgemm$(comma)-u$(comma)cblas_dgemm \
	    -Wl$(comma)-u$(comma)cblas_sgemv$(comma)-u$(comma)cblas_dgemv $(BLAS_LIBS) -lm,touch $@)

$(UNIT_TESTS): $(BUILD)/%: $(BUILD)/obj/%.o $(UNIT_SHARED:%.c=$(BUILD)/obj/%.o) $(BUILD)/libengine.a | $(BUILD)/libtestblas.so
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(LINK) -o $@ $^ $(CMOCKA_LIBS) $(TEST_LIBS)

$(DOUBLE_TESTS): $(BUILD)/%: $(BUILD)/double/%.o $(UNIT_SHARED:%.c=$(BUILD)/double/%.o) $(BUILD)/double/libengine.a | $(BUILD)/libtestblas.so
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(LINK) -o $@ $^ $(CMOCKA_LIBS) $(TEST_LIBS)

# They load the extension at run time: rebuilt never for its sake, but `make test` builds it first.
$(LOAD_TESTS): $(BUILD)/%: $(BUILD)/obj/%.o $(EXTT_SHARED:%.c=$(BUILD)/obj/%.o)
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(LINK) -o $@ $^ $(CMOCKA_LIBS) $(SQLITE_LIBS) -lm

$(CORE_TESTS): $(BUILD)/%: $(BUILD)/obj/%.o $(EXTT_SHARED:%.c=$(BUILD)/obj/%.o) $(BUILD)/librnn.a | $(BUILD)/libtestblas.so
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(LINK) -o $@ $^ $(CMOCKA_LIBS) $(SQLITE_LIBS) $(TEST_LIBS)

$(FAULT_TESTS): $(BUILD)/%: $(BUILD)/obj/%.o $(FAULT_SHARED:%.c=$(BUILD)/obj/%.o) $(BUILD)/librnn.a | $(BUILD)/libtestblas.so
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(LINK) -o $@ $^ $(CMOCKA_LIBS) $(SQLITE_LIBS) $(TEST_LIBS)

$(REPLAYS): $(BUILD)/tests/fuzz/replay_%: $(BUILD)/obj/tests/fuzz/fuzz_%.o $(BUILD)/obj/tests/fuzz/replay.o $(BUILD)/librnn.a | $(BUILD)/libtestblas.so
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(LINK) -o $@ $^ $(SQLITE_LIBS) $(TEST_LIBS)

$(FUZZERS): $(BUILD)/tests/fuzz/fuzz_%: $(BUILD)/obj/tests/fuzz/fuzz_%.o $(BUILD)/librnn.a | $(BUILD)/libtestblas.so
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(LINK) -fsanitize=fuzzer -o $@ $^ $(SQLITE_LIBS) $(TEST_LIBS)

$(BUILD)/tools/options_doc: $(BUILD)/obj/scripts/options_doc.o $(BUILD)/libengine.a | $(BUILD)/libtestblas.so
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(LINK) -o $@ $^ $(TEST_LIBS)

$(BUILD)/pretrain: $(BUILD)/obj/scripts/pretrain.o $(BUILD)/libengine.a | $(BUILD)/libtestblas.so
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(LINK) -o $@ $^ $(TEST_LIBS)

# The engine alone, statements through SQLite, and oneDNN's primitives, where they are.
$(BUILD)/bench/engine: $(BUILD)/obj/tests/bench/engine.o $(BUILD)/libengine.a | $(BUILD)/libtestblas.so
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(LINK) -o $@ $^ $(TEST_LIBS)

$(BUILD)/bench/database: $(BUILD)/obj/tests/bench/database.o
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(LINK) -o $@ $^ $(SQLITE_LIBS)

$(BUILD)/bench/peer_onednn: tests/bench/peer_onednn.cpp
	@mkdir -p $(@D)
	$(call say,CXX,$<)
	$(Q)$(CXX) -std=c++17 -O2 -fopenmp -o $@ $< -ldnnl 2>$@.log || echo 'Without oneDNN: see $@.log'

.PHONY: unit-programs bench-programs
bench-programs: $(BUILD)/bench/engine $(BUILD)/bench/database $(BUILD)/bench/peer_onednn
unit-programs: $(C_TESTS)
test-programs: $(C_TESTS) $(SQLITE_TESTS) $(BUILD)/tools/options_doc $(BUILD)/pretrain
fuzzers: $(FUZZERS)

-include $(shell find $(BUILD)/obj $(BUILD)/core $(BUILD)/double -name '*.d' 2>/dev/null)
