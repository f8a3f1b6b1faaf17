# The front door: people and CI call the same targets. `make help` lists them.

PREFIX ?= /usr/local
DESTDIR ?=
SWIFT ?= swift
ARGS ?= capture
# The Swift library is linked in: the program then runs without the toolchain, and with file capabilities, for which
# the loader ignores the paths that point to it.
BUILD = $(SWIFT) build --configuration release --static-swift-stdlib --product sockeye
BINARY = .build/release/sockeye
CAPABILITIES = cap_net_raw,cap_net_admin=ep
MAN_PAGES = $(wildcard man/*.[1-8])

.PHONY: help deps test-deps build run test check conformance bench fuzz man completions install uninstall setcap clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

deps: ## install what the build needs and is missing
	@Scripts/install-packages build

test-deps: ## install what the tests need and is missing
	@Scripts/install-packages build test

build: deps ## build the release program: .build/release/sockeye
	$(BUILD)

run: build ## build, and start it: make run ARGS="capture -i lo -c 10 tcp"
	@Scripts/start $(BINARY) $(ARGS)

test: test-deps ## build, and run all tests
	$(BUILD)
	@Tests/run

check: test-deps ## check format, manual pages, and the rules of the house
	@Scripts/check

conformance: test-deps ## compare every fixture with tshark, and every kind of socket with ss and lsof
	$(BUILD)
	@Tests/conformance/run
	@Tests/sockets/run opened peers

bench: test-deps ## measure against tcpdump, tshark, ss and lsof: Benchmarks/README.md
	$(BUILD)
	@Benchmarks/run

fuzz: test-deps ## fuzz the decoders and the file readers
	@Fuzz/run

man: ## check the manual pages
	@Scripts/check man

completions: build ## write the shell completions to .build/completions
	@mkdir -p .build/completions
	$(BINARY) --generate-completion-script bash > .build/completions/sockeye
	$(BINARY) --generate-completion-script zsh > .build/completions/_sockeye
	$(BINARY) --generate-completion-script fish > .build/completions/sockeye.fish

install: completions ## install below PREFIX (/usr/local): program, manual pages, completions
	install -D -m 755 -s $(BINARY) $(DESTDIR)$(PREFIX)/bin/sockeye
	for page in $(MAN_PAGES); do \
	  install -D -m 644 $$page $(DESTDIR)$(PREFIX)/share/man/man$${page##*.}/$${page##*/} || exit; done
	install -D -m 644 .build/completions/sockeye $(DESTDIR)$(PREFIX)/share/bash-completion/completions/sockeye
	install -D -m 644 .build/completions/_sockeye $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_sockeye
	install -D -m 644 .build/completions/sockeye.fish $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/sockeye.fish

uninstall: ## remove what install put there
	rm -f $(DESTDIR)$(PREFIX)/bin/sockeye
	for page in $(MAN_PAGES); do rm -f $(DESTDIR)$(PREFIX)/share/man/man$${page##*.}/$${page##*/}; done
	rm -f $(DESTDIR)$(PREFIX)/share/bash-completion/completions/sockeye
	rm -f $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_sockeye
	rm -f $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/sockeye.fish

setcap: build ## let a normal user capture with this program, and with the installed one
	@Scripts/give-capabilities $(CAPABILITIES) $(BINARY) $(DESTDIR)$(PREFIX)/bin/sockeye

clean: ## remove what was built
	rm -rf .build
