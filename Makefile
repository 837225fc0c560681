# Two commands: make run, make test. Everything else serves them.
.PHONY: setup run check test test-full bench package pictures clean-demo
PYTHON ?= python3
BIN := .venv/bin

setup:
	@$(PYTHON) tools/setup.py base

run:
	@$(PYTHON) tools/setup.py base
	@ANTONG_DEMO=1 $(BIN)/antong run $(if $(ONCE),--once)

check:
	@$(PYTHON) tools/setup.py dev
	@$(BIN)/python tools/check.py

test: check
	@$(BIN)/python tools/test.py

test-full: check
	@$(PYTHON) tools/setup.py dev s3test
	@$(BIN)/python tools/test.py --full

package:
	@$(PYTHON) tools/setup.py base
	@$(BIN)/python tools/package.py

pictures:
	@$(PYTHON) tools/setup.py dev
	@$(BIN)/python tools/pictures.py
	@$(BIN)/python tools/guide.py

bench:
	@$(PYTHON) tools/setup.py dev s3test
	@$(BIN)/python bench/handover.py
	@$(BIN)/python bench/pages.py
	@$(BIN)/python bench/memory.py
	@$(BIN)/python bench/interface.py
	@$(BIN)/python bench/store.py
	@$(BIN)/python bench/timelimits.py
	@$(BIN)/python bench/limits_anew.py
