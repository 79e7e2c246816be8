# rxchain.  "make help" says what there is to make.  A folder is an archive: its sources are found by wildcard, so that
# a new module needs no line here.
.DELETE_ON_ERROR:
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules
# All cores, unless the command line says how many.
ifeq ($(MAKELEVEL)$(filter -j%,$(MAKEFLAGS)),0)
MAKEFLAGS += -j$(shell nproc)
endif
.DEFAULT_GOAL := all

CFLAGS ?= -O2 -g
CXXFLAGS ?= -O2 -g
PREFIX ?= /usr/local
DESTDIR ?=
V ?= 0
SAN ?= 0
FUZZ_SECONDS ?= 60

B := build
ifeq ($(SAN),1)
O := $(B)/san
SANFLAGS := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
else
O := $(B)
SANFLAGS :=
endif
DEPS := $(CURDIR)/$(B)/deps
ifeq ($(V),1)
Q :=
say = @:
else
Q := @
say = @printf '%-5s %s\n'
endif

# Asked once, and only when something is compiled: set-up may have to install pkg-config first.
once = $(eval $1 := $(shell $2))$($1)
PKGS := sqlite3 libcbor libqrencode libdmtx zxing libpng libjpeg cairo libuv jansson
COAP_FLAGS = $(call once,COAP_FLAGS,pkg-config --cflags libcoap-3-mbedtls 2>/dev/null || echo -I$(DEPS)/include)
COAP_LIBS = $(call once,COAP_LIBS,pkg-config --libs libcoap-3-mbedtls 2>/dev/null || echo $(DEPS)/lib/libcoap-3.a)
PKG_FLAGS = $(call once,PKG_FLAGS,pkg-config --cflags $(PKGS))
PKG_LIBS = $(call once,PKG_LIBS,pkg-config --libs $(PKGS))
WARN := -Wall -Wextra -Werror
CWARN := $(WARN) -Wpedantic -Wshadow -Wconversion -Wswitch-enum -Wvla
CPPFLAGS_ALL = -D_GNU_SOURCE -I. -I$(B) $(COAP_FLAGS) $(PKG_FLAGS)
LIBS = $(COAP_LIBS) $(PKG_LIBS) -lmbedtls -lmbedx509 -lmbedcrypto -lpthread -lm -lstdc++

# Archives, those that use others first.
FOLDERS := scanner labels node node/port node/core labels/gs1
archive = $(O)/lib$(notdir $1).a
sources = $(filter-out %_main.c,$(wildcard $1/*.c)) $(wildcard $1/*.cc)
objects = $(patsubst %,$(O)/obj/%.o,$(basename $(call sources,$1)))
ARCHIVES := $(foreach f,$(FOLDERS),$(call archive,$f))
MAINS := $(wildcard node/*_main.c labels/*_main.c scanner/*_main.c)
PROGRAMS := $(patsubst %_main.c,$(O)/%,$(notdir $(MAINS)))
test_programs = $(patsubst %.c,$(O)/%,$(wildcard $1))
TESTS := $(call test_programs,tests/test_*.c)
TOOLS := $(call test_programs,tests/e2e/*.c)
FUZZERS := $(call test_programs,tests/fuzz/fuzz_*.c)
BENCHES := $(call test_programs,tests/bench/bench_*.c)
SIM := $(O)/tests/sim/sim_main
TEST_OBJECTS := $(patsubst %.c,$(O)/obj/%.o,$(wildcard tests/*.c tests/*/*.c))
FAKES := $(filter $(O)/obj/tests/fakes/%,$(TEST_OBJECTS))
SIM_OBJECTS := $(filter-out %_main.o,$(filter $(O)/obj/tests/sim/%,$(TEST_OBJECTS)))
GEN := $(B)/gen/stamp
HEADERS := $(foreach f,$(FOLDERS),$(wildcard $f/*.h))
SOURCES := $(foreach f,$(FOLDERS) tests tests/*,$(wildcard $f/*.[ch] $f/*.cc))

.PHONY: all programs test-programs test check demo bench sim fuzz install clean help format check-layers check-headers check-quotes check-manuals

all: programs

programs: $(PROGRAMS) $(ARCHIVES)

# ---- set-up ----
$(B)/setup-%.stamp: .ci/setup .ci/packages
	@mkdir -p $(B)
	@sh .ci/setup $* $(DEPS)
	@touch $@

$(GEN): $(wildcard schemas/*)
	$(say) GEN $(B)/gen
	$(Q)sh schemas/gen schemas $(B)/gen
	@touch $@

# A header is looked at again after the generator ran: it may have changed, or not.
$(B)/gen/%.h: $(GEN)
	@:

# ---- compiling ----
$(O)/obj/%.o: %.c | $(GEN) $(B)/setup-build.stamp
	@mkdir -p $(@D)
	$(say) CC $<
	$(Q)$(CC) -std=c11 $(CPPFLAGS_ALL) $(CFLAGS) $(CWARN) $(SANFLAGS) -MMD -MP -c $< -o $@

$(O)/obj/%.o: %.cc | $(GEN) $(B)/setup-build.stamp
	@mkdir -p $(@D)
	$(say) CXX $<
	$(Q)$(CXX) -std=c++20 $(CPPFLAGS_ALL) $(CXXFLAGS) $(WARN) $(SANFLAGS) -MMD -MP -c $< -o $@

define archive_rule
$(call archive,$1): $(call objects,$1) | $(B)/setup-build.stamp
	@mkdir -p $$(@D)
	$$(say) AR $$@
	$$(Q)mkdir -p $$(@D) && rm -f $$@ && $$(AR) rcs $$@ $$^
endef
$(foreach f,$(FOLDERS),$(eval $(call archive_rule,$f)))

link = $(Q)$(CC) $(CFLAGS) $(SANFLAGS) $(filter %.o,$^) -Wl,--start-group $(ARCHIVES) -Wl,--end-group \
	-Wl,--as-needed $(LIBS) $1 -o $@

define program_rule
$(O)/$(patsubst %_main.c,%,$(notdir $1)): $(O)/obj/$(1:.c=.o) $(ARCHIVES)
	$$(say) LD $$@
	$$(call link,)
endef
$(foreach m,$(MAINS),$(eval $(call program_rule,$m)))

$(O)/tests/%: $(O)/obj/tests/%.o $(FAKES) $(ARCHIVES)
	@mkdir -p $(@D)
	$(say) LD $@
	$(call link,-lcunit)
$(SIM) $(O)/tests/test_sim: $(SIM_OBJECTS)
$(TEST_OBJECTS): | $(B)/setup-test.stamp
.PRECIOUS: $(O)/obj/%.o

-include $(shell find $(O)/obj -name '*.d' 2>/dev/null)

# ---- testing ----
LOGS := $(B)/test-logs

test-programs: $(PROGRAMS) $(TESTS) $(TOOLS) $(FUZZERS)

check-headers: | $(GEN) $(B)/setup-build.stamp
	@CC='$(CC) -std=c11 $(CPPFLAGS_ALL) $(CWARN)' sh .ci/check-headers $(HEADERS)

check-layers: programs
	@sh .ci/check-layers $(call archive,labels/gs1) $(call archive,node/core) $(PROGRAMS)

check-quotes:
	@sh .ci/check-quotes $(SOURCES)

check-manuals: programs
	@bash .ci/check-manuals $(O)

check: test-programs
	@sh tests/run $(LOGS) $(O) unit

# Everything: the checks of the tree itself, unit tests and fuzzers, end-to-end scripts; plain and under the sanitizers.
test: $(B)/setup-test.stamp
	@$(MAKE) --no-print-directory test-programs SAN=0
	@$(MAKE) --no-print-directory test-programs SAN=1
	@sh tests/run $(LOGS) '$(B) $(B)/san' checks unit fuzz e2e

fuzz: $(B)/setup-test.stamp
	@$(MAKE) --no-print-directory $(FUZZERS:$(O)/%=$(B)/san/%) SAN=1
	@FUZZ_SECONDS=$(FUZZ_SECONDS) sh tests/run $(LOGS) $(B)/san fuzz

bench: $(PROGRAMS) $(BENCHES)
	@for b in $(BENCHES); do $$b $(O) || exit 1; done

sim: $(SIM)
	@$(SIM)

demo: programs
	@bash tests/e2e/demo.sh $(O)

# ---- the rest ----
COMPLETIONS = $(DESTDIR)$(PREFIX)/share/bash-completion/completions
# put MODE FILES FOLDER
put = $(if $2,install -d $(DESTDIR)$(PREFIX)/$3 && install -m $1 $2 $(DESTDIR)$(PREFIX)/$3)
install: programs
	$(call put,755,$(PROGRAMS),bin)
	$(call put,644,$(wildcard */*.1),share/man/man1)
	$(call put,644,$(wildcard */*.8),share/man/man8)
	$(foreach p,$(notdir $(PROGRAMS)),install -D -m 644 node/cli.bash $(COMPLETIONS)/$p &&) true
	$(call put,644,$(wildcard */*.service),lib/systemd/system)

format:
	@clang-format -i $(SOURCES)

clean:
	rm -rf $(filter-out $(DEPS),$(addprefix $(CURDIR)/,$(wildcard $(B)/*)))

help:
	@echo 'make            build the programs into build/'
	@echo 'make demo       print, ship, receive, scan and flag: the whole main job with four nodes, into build/demo/'
	@echo 'make test       every test, also under ASan and UBSan; last line: N passed, N failed'
	@echo 'make check      the unit tests alone, quick'
	@echo 'make bench      every figure with its reference in the same run'
	@echo 'make sim        fakes among honest packs: what is caught, what alarms falsely, on seeds not used for tuning'
	@echo 'make fuzz       fuzzers under the sanitizers, FUZZ_SECONDS=60 each'
	@echo 'make install    programs, manuals and bash completion into PREFIX=/usr/local, below DESTDIR'
	@echo 'make check-layers check-headers check-quotes check-manuals   checks of the tree itself'
	@echo 'make format     clang-format over all sources'
	@echo 'make clean      empty build/, but for build/deps'
	@echo
	@echo 'SAN=1 builds with the sanitizers into build/san; V=1 shows the commands; CFLAGS and CXXFLAGS are yours.'
	@echo 'The first run installs missing Debian packages (root or sudo) and builds libcoap into build/deps.'
