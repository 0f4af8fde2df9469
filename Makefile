# Targets call programs; what each does is said at the top of it.

# Set, so that what was built is found whatever cargo's own configuration says.
CARGO_TARGET_DIR ?= $(CURDIR)/target
export CARGO_TARGET_DIR
bed := $(CARGO_TARGET_DIR)/debug/bed

.PHONY: help demo demo-check up down build check unit model live test generate benchmark plots

help: ## Lists the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: build ## Shows what the operator does; then stays up until Ctrl-C
	@$(bed) demo

demo-check: build ## The same for nobody to watch, and checks that nothing is left
	@$(bed) demo --check

up: build ## Runs Kubernetes, EKS simulator and operator until Ctrl-C
	@$(bed) up

down: ## Ends what make up or make demo started in this folder
	@test ! -x $(bed) || $(bed) down

build: ## Builds the workspace and, once, the Kubernetes control plane
	@tests/build.sh

check: ## Runs what needs no test: format, lints, docs, links, versions, generated files
	@tests/run.sh check

unit: ## Runs the unit tests
	@cargo test --locked --lib

model: ## Searches everything that can happen to the planner
	@cargo test --locked -p model

live: build ## Runs the live tests whose names contain T, such as T=drain::
	@cargo test --locked -p live -- $(T)

test: ## Runs all checks and tests
	@tests/run.sh

generate: build ## Writes anew the CRD, the chart READMEs, and the statuses in gitops/ with what GitOps tools say of them
	@tests/generate.sh

benchmark: build ## Measures how much longer the operator takes than EKS itself; wants a machine that does nothing else
	@cargo test --locked -p live -- --ignored --nocapture benchmark_

plots: build ## Draws the figures in docs anew, from runs on the test bed
	@cargo test --locked -p live -- --ignored plot_
