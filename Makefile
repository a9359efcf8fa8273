# rgbd-live: `make demo` and `make test` are all a newcomer needs; `make help` lists the rest.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
EXTRAS := realsense,openvino,int8,onnx,train,cluster,3d,web,video,dev

.DEFAULT_GOAL := help
.PHONY: help setup usable demo test test-slow lint format bench lock system clean

help: ## list the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

system: ## install missing system libraries by apt, or print the command that does
	@.ci/system-packages

setup: system usable $(VENV)/.stamp ## make .venv with the pinned versions (quick when up to date)

# A virtual environment knows its own path: after the clone was moved it must be made again.
usable:
	@command -v "$(PYTHON)" >/dev/null || { echo "$(PYTHON) not found. Try: sudo apt-get install python3 python3-venv"; exit 1; }
	@test ! -e $(BIN)/rgbd-live || grep -qF "$(CURDIR)/" $(BIN)/rgbd-live || { echo "This clone was moved: making $(VENV) again."; rm -rf $(VENV); }

# The lock file decides the versions. opencv-python goes in last: its headless twin, which other packages may bring,
# owns the same files, and the wheel unpacked last wins.
$(VENV)/.stamp: pyproject.toml requirements.lock
	@$(PYTHON) .ci/check_python.py
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing the pinned packages: the first time about 1.2 GB is downloaded (several GB with CUDA), which takes minutes."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint requirements.lock --editable ".[$(EXTRAS)]"
	@if $(BIN)/python -m pip show --quiet opencv-python-headless 2>/dev/null; then \
	  $(BIN)/python -m pip install --quiet --force-reinstall --no-deps --constraint requirements.lock opencv-python; fi
	@touch $@

demo: setup ## play the built-in demo: leaves a video, a picture and a stats file in out/demo
	@.ci/demo

test: setup ## run the test suite (some ten minutes on two cores)
	@.ci/tests -m "not slow and not camera"

test-slow: setup ## run the slow tests
	@.ci/tests -m "slow"

lint: setup ## ruff and pyright
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright

format: setup ## let ruff fix and format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: setup ## run every benchmark behind docs/performance.md
	@for script in benchmarks/[a-z]*.py; do echo "== $$script"; $(BIN)/python $$script || exit 1; done

lock: ## rewrite requirements.lock (needs uv)
	@.ci/lock

clean: ## remove the virtual environment and everything in out/
	rm -rf $(VENV) out
