# rxchain.  "make help" says what there is to make.  A folder is an archive: its sources are found by wildcard, so that
# a new module needs no line here.
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules
ifeq ($(filter -j%,$(MAKEFLAGS)),)
MAKEFLAGS += -j$(shell nproc)
endif
.DEFAULT_GOAL := all

CFLAGS ?= -O2 -g
CXXFLAGS ?= -O2 -g
PREFIX ?= /usr/local
DESTDIR ?=
V ?= 0
SAN ?= 0

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

PKGS := sqlite3 libcbor libqrencode zxing libpng libjpeg cairo libuv
COAP_FLAGS = $(shell pkg-config --cflags libcoap-3-mbedtls 2>/dev/null || echo -I$(DEPS)/include)
COAP_LIBS = $(shell pkg-config --libs libcoap-3-mbedtls 2>/dev/null || echo $(DEPS)/lib/libcoap-3.a)
WARN := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror
CWARN := $(WARN) -Wswitch-enum -Wvla
CPPFLAGS_ALL = -D_GNU_SOURCE -I. -I$(B) $(COAP_FLAGS) $(shell pkg-config --cflags $(PKGS))
LIBS = $(COAP_LIBS) $(shell pkg-config --libs $(PKGS)) -lmbedtls -lmbedx509 -lmbedcrypto -lpthread -lm -lstdc++

# Archives, those that use others first.
FOLDERS := scanner labels node node/port node/core labels/gs1
archive = $(O)/lib$(if $(filter labels/gs1,$1),gs1,$(notdir $1)).a
sources = $(filter-out %_main.c,$(wildcard $1/*.c)) $(wildcard $1/*.cc)
objects = $(patsubst %,$(O)/obj/%.o,$(basename $(call sources,$1)))
ARCHIVES := $(foreach f,$(FOLDERS),$(call archive,$f))
MAINS := $(wildcard node/*_main.c labels/*_main.c scanner/*_main.c)
PROGRAMS := $(patsubst %_main.c,$(O)/%,$(notdir $(MAINS)))
TESTS := $(patsubst tests/%.c,$(O)/tests/%,$(wildcard tests/test_*.c))
FUZZERS := $(patsubst tests/%.c,$(O)/tests/%,$(wildcard tests/fuzz/fuzz_*.c))
BENCHES := $(patsubst tests/%.c,$(O)/tests/%,$(wildcard tests/bench/bench_*.c))
FAKES := $(patsubst %.c,$(O)/obj/%.o,$(wildcard tests/fakes/*.c))
GEN := $(B)/gen/stamp
HEADERS := $(wildcard labels/gs1/*.h node/core/*.h node/port/*.h node/*.h labels/*.h scanner/*.h)

.PHONY: all programs test check demo bench fuzz install clean help format check-layers check-headers check-quotes test-bins

all: programs

programs: $(PROGRAMS) $(ARCHIVES)

# ---- set-up ----
$(B)/setup-%.stamp: .ci/setup .ci/packages
	@mkdir -p $(B)
	@sh .ci/setup $* $(DEPS)
	@touch $@

$(GEN): $(wildcard schemas/*) | $(B)/setup-build.stamp
	$(say) GEN $(B)/gen
	$(Q)sh schemas/gen schemas $(B)/gen
	@touch $@

# ---- compiling ----
$(O)/obj/%.o: %.c | $(GEN)
	@mkdir -p $(@D)
	$(say) CC $<
	$(Q)$(CC) -std=c11 $(CPPFLAGS_ALL) $(CFLAGS) $(CWARN) $(SANFLAGS) -MMD -MP -c $< -o $@

$(O)/obj/%.o: %.cc | $(GEN)
	@mkdir -p $(@D)
	$(say) CXX $<
	$(Q)$(CXX) -std=c++20 $(CPPFLAGS_ALL) $(CXXFLAGS) -Wall -Wextra -Werror $(SANFLAGS) -MMD -MP -c $< -o $@

define archive_rule
$(call archive,$1): $(call objects,$1)
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

$(O)/tests/%: $(O)/obj/tests/%.o $(FAKES) $(ARCHIVES) | $(B)/setup-test.stamp
	@mkdir -p $(@D)
	$(say) LD $@
	$(call link,-lcunit)
$(O)/obj/tests/%.o: | $(B)/setup-test.stamp
.PRECIOUS: $(O)/obj/%.o

-include $(shell find $(O)/obj -name '*.d' 2>/dev/null)

# ---- testing ----
test-bins: $(PROGRAMS) $(TESTS) $(FUZZERS)

check-headers: $(GEN)
	@for h in $(HEADERS); do echo "#include \"$$h\"" | $(CC) -std=c11 $(CPPFLAGS_ALL) $(CWARN) -x c -fsyntax-only - \
		|| { echo "check-headers: $$h does not compile alone"; exit 1; }; done; echo "check-headers: 1 passed, 0 failed"

check-layers: $(ARCHIVES)
	@sh .ci/check-layers $(call archive,labels/gs1) $(call archive,node/core)

check-quotes:
	@sh .ci/check-quotes

check: test-bins
	@B=$(B) O=$(O) sh tests/run unit

# Everything: unit tests and fuzzers plain and under the sanitizers, end-to-end scripts, the checks of the tree itself.
test: $(B)/setup-test.stamp
	@$(MAKE) --no-print-directory test-bins
	@$(MAKE) --no-print-directory test-bins SAN=1
	@B=$(B) O=$(B) sh tests/run all

fuzz: $(B)/setup-test.stamp
	@$(MAKE) --no-print-directory test-bins SAN=1
	@B=$(B) O=$(B)/san FUZZ_SECONDS=$(or $(FUZZ_SECONDS),60) sh tests/run fuzz

bench: $(B)/setup-test.stamp
	@$(MAKE) --no-print-directory programs $(BENCHES)
	@for b in $(BENCHES); do $$b || exit 1; done

demo: programs
	@sh tests/e2e/demo.sh $(B)

# ---- the rest ----
install: programs
	install -d $(DESTDIR)$(PREFIX)/bin
	install -m 755 $(PROGRAMS) $(DESTDIR)$(PREFIX)/bin

format:
	clang-format -i $(HEADERS) $(wildcard */*.c */*/*.c */*.cc)

clean:
	rm -rf $(filter-out $(B)/deps,$(wildcard $(B)/*))

help:
	@echo 'make            build the programs into build/'
	@echo 'make demo       print, ship, receive, scan and flag: the whole main job with four nodes, into build/demo/'
	@echo 'make test       every test, also under ASan and UBSan; last line: N passed, N failed'
	@echo 'make check      the unit tests alone, quick'
	@echo 'make bench      every figure with its reference in the same run'
	@echo 'make fuzz       fuzzers under the sanitizers, FUZZ_SECONDS=60 each'
	@echo 'make install    into PREFIX=/usr/local, below DESTDIR'
	@echo 'make check-layers check-headers check-quotes   checks of the tree itself'
	@echo 'make format clean help'
	@echo 'SAN=1 builds with the sanitizers into build/san; V=1 shows the commands'
	@echo 'The first run installs missing Debian packages (root or sudo) and builds libcoap into build/deps'
