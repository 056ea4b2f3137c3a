# Everything is built with cgo off: smaller, faster to start, and the same on every machine.
export CGO_ENABLED := 0

# The same for builds and tests, so that they share what is compiled.
FLAGS := -trimpath -buildvcs=false

BIN     := bin
PLUGIN  := $(BIN)/kubectl-eso_infisical
SANDBOX := $(BIN)/eso-sandbox
KUBECTL := $(BIN)/kubectl
CHART   := $(BIN)/chart
NAME    ?= default

VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo v0.0.0-dev)
COMMIT  := $(shell git rev-parse --short HEAD 2>/dev/null || echo unknown)
DATE    := $(shell git log -1 --format=%cI 2>/dev/null || echo unknown)
LDFLAGS := -s -w -X main.buildVersion=$(VERSION) -X main.buildCommit=$(COMMIT) -X main.buildDate=$(DATE)

# A Kubernetes that is built without its version calls itself v0.0.0, and charts refuse to be installed into that.
KUBERNETES      := v1.34.4
KUBERNETES_BASE := k8s.io/component-base/version
SANDBOX_LDFLAGS := -s -w -X $(KUBERNETES_BASE).gitVersion=$(KUBERNETES) -X $(KUBERNETES_BASE).gitMajor=1 -X $(KUBERNETES_BASE).gitMinor=34

.DEFAULT_GOAL := help

.PHONY: help
help: ## Show this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z0-9-]+:.*## / {printf "  %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: demo
demo: build sandbox ## Run the whole runbook against a sandbox on this machine, with proof, and stop it again
	@./scripts/demo.sh

.PHONY: test
test: test-unit test-e2e ## Run all tests: unit tests of both modules, then end to end against a sandbox

.PHONY: build
build: ## Build the plugin into bin/
	go build $(FLAGS) -ldflags '$(LDFLAGS)' -o $(PLUGIN) ./cmd/kubectl-eso_infisical

$(KUBECTL): tools/go.mod tools/kubectl/main.go
	cd tools && go build $(FLAGS) -o ../$@ ./kubectl

.PHONY: sandbox
sandbox: ## Build the sandbox and its chart into bin/ (10 to 20 minutes the first time, seconds later)
	@test -e $(SANDBOX) || echo 'Building the sandbox: Kubernetes and External Secrets Operator are compiled, 10 to 20 minutes the first time.'
	cd sandbox && go build $(FLAGS) -ldflags '$(SANDBOX_LDFLAGS)' -o ../$(SANDBOX) .
	@test $(CHART)/index.yaml -nt $(SANDBOX) || $(SANDBOX) package-chart --out $(CHART)

.PHONY: sandbox-up
sandbox-up: build sandbox ## Start a sandbox to play with (NAME=default)
	@$(SANDBOX) up --name $(NAME)

.PHONY: sandbox-down
sandbox-down: ## Stop it and remove its files
	@$(SANDBOX) down --name $(NAME)

.PHONY: test-unit
test-unit: ## Run the unit tests of both modules
	go test $(FLAGS) ./cmd/... ./pkg/... ./release/... ./docs/... ./e2e/picture ./e2e/pty ./e2e/bench
	cd sandbox && go test $(FLAGS) ./...

.PHONY: test-unit-long
test-unit-long: ## Render the doctor's page in a headless Chromium, which must be installed
	go test $(FLAGS) -tags long ./pkg/doctor/render

.PHONY: test-e2e
test-e2e: build sandbox $(KUBECTL) ## Run the built plugin against a sandbox, as a user would
	go test $(FLAGS) -tags e2e -count 1 -timeout 75m ./e2e/...

.PHONY: grid
grid: build sandbox ## Break the sandbox in every way it knows, see what the doctor names, and write docs/faults.md
	go test $(FLAGS) -tags e2e -count 1 -timeout 60m -run '^(TestGrid|TestFaultsAreDocumented)$$' ./e2e -update-grid

# The lines that count, and failure if a test has failed.
TALLY := awk '/contract cases|^ok|FAIL/ {print} /FAIL/ {failed = 1} END {exit failed}'

.PHONY: contract
contract: ## Print how many cases of Infisical's API the sandbox's server answers, and the plugin understands
	cd sandbox && go test $(FLAGS) -count 1 -v -run 'TestRecordings|TestContractCases' ./internal/infisical/api | $(TALLY)
	go test $(FLAGS) -count 1 -v -run 'TestEveryRefusalOfTheContract' ./pkg/infisical | $(TALLY)

.PHONY: test-e2e-long
test-e2e-long: build sandbox $(KUBECTL) ## Run the long loops as well: a kill at every step, hundreds of forced syncs, every server
	go test $(FLAGS) -tags 'e2e long' -count 1 -timeout 3h ./e2e/...

HELM := $(BIN)/helm

$(HELM): tools/go.mod
	go build -modfile=tools/go.mod $(FLAGS) -o $@ helm.sh/helm/v3/cmd/helm

# The benchmarks below remove External Secrets Operator from the cluster after each run, so its context must be named.
CONTEXT ?=

.PHONY: bench-install
bench-install: build $(HELM) ## Measure install against helm on a cluster without ESO: CONTEXT=NAME (BENCH='-repo … -version … -pairs 5')
	go run $(FLAGS) ./e2e/bench -context '$(CONTEXT)' -helm $(HELM) -plugin $(PLUGIN) $(BENCH) install

.PHONY: bench-up
bench-up: build $(HELM) $(KUBECTL) ## Measure up against the runbook as a script on a cluster without ESO: CONTEXT=NAME (BENCH='-double ADDRESS:0 …')
	go run $(FLAGS) ./e2e/bench -context '$(CONTEXT)' -goal 0.4 -helm $(HELM) -kubectl $(KUBECTL) -plugin $(PLUGIN) -sandbox $(SANDBOX) $(BENCH) up

.PHONY: bench-clean
bench-clean: ## Name what such a benchmark has left when it was killed: CONTEXT=NAME (BENCH=-yes removes it)
	go run $(FLAGS) ./e2e/bench -context '$(CONTEXT)' -clean $(BENCH)

FUZZTIME ?= 60s

.PHONY: fuzz
fuzz: ## Look for input that breaks the inspection of credentials, the naming of errors or the reading of CA and Setup files (FUZZTIME=60s for each)
	go test $(FLAGS) -run '^$$' -fuzz '^FuzzInspect$$' -fuzztime $(FUZZTIME) ./pkg/credentials
	go test $(FLAGS) -run '^$$' -fuzz '^FuzzClassify$$' -fuzztime $(FUZZTIME) ./pkg/cause
	go test $(FLAGS) -run '^$$' -fuzz '^FuzzClassify$$' -fuzztime $(FUZZTIME) ./pkg/infisical
	go test $(FLAGS) -run '^$$' -fuzz '^FuzzRead$$' -fuzztime $(FUZZTIME) ./pkg/trust
	go test $(FLAGS) -run '^$$' -fuzz '^FuzzParse$$' -fuzztime $(FUZZTIME) ./pkg/setup/file

# Newer ones need Go 1.27.
GORELEASER := $(BIN)/goreleaser

$(GORELEASER):
	GOBIN=$(abspath $(BIN)) go install $(FLAGS) github.com/goreleaser/goreleaser/v2@v2.16.0

TAG ?= v0.1.0

.PHONY: dist
dist: $(GORELEASER) ## Build the release TAG=v0.1.0 of this commit into dist/: archives for six systems, checksums and krew's manifest
	@./release/build.sh $(GORELEASER) $(TAG) dist

.PHONY: krew
krew: dist ## Put the manifest of that release where krew looks for it, in krew.yaml and plugins/
	@cp dist/eso-infisical.yaml krew.yaml
	@cp dist/eso-infisical.yaml plugins/eso-infisical.yaml

.PHONY: release-check
release-check: $(GORELEASER) ## See whether goreleaser takes its configuration
	$(GORELEASER) check

.PHONY: test-release
test-release: $(GORELEASER) $(KUBECTL) ## Build a release twice, compare the two, and install each archive as krew does
	go test $(FLAGS) -tags long -count 1 -timeout 60m ./release/...

.PHONY: test-long
test-long: test-unit test-unit-long contract test-e2e-long test-release fuzz ## The long variant: all tests and the long loops, then each fuzz target for a minute

.PHONY: bench-doctor
bench-doctor: build sandbox $(KUBECTL) ## Measure a healthy doctor against kubectl get pods, in turn (ROUNDS=20)
	@./scripts/bench-doctor.sh $(KUBECTL)

.PHONY: bench-scale
bench-scale: build sandbox $(KUBECTL) ## Measure status and doctor beside kubectl get with 10,000 ExternalSecrets in 500 namespaces (SCALE=10000 ROUNDS=5)
	@./scripts/bench-scale.sh $(KUBECTL)

.PHONY: pictures
pictures: build sandbox ## Make docs/pictures anew, from what the plugin shows on a terminal in a sandbox
	@./scripts/pictures.sh

PAIRS ?= 10

.PHONY: bench-store
bench-store: build sandbox ## Measure apply-store and test against the same by hand with kubectl, in turn (PAIRS=10)
	@./scripts/bench-store.sh $(PAIRS)

.PHONY: lint
lint: ## Check formatting, go vet and staticcheck in both modules
	@unformatted=$$(gofmt -l cmd pkg docs e2e release sandbox); test -z "$$unformatted" || { echo "not formatted:"; echo "$$unformatted"; exit 1; }
	go vet $(FLAGS) -tags 'e2e long' ./...
	cd sandbox && go vet $(FLAGS) ./...
	go tool -modfile=tools/go.mod staticcheck -tags 'e2e long' ./...
	cd sandbox && go tool -modfile=../tools/go.mod staticcheck ./...

.PHONY: clean
clean: ## Remove what was built
	rm -rf $(BIN) dist
