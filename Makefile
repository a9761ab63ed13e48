# Two commands set everything up on a fresh machine: `make demo` and `make test`.
# Needs Python 3.10+, Node 20+ and make.

PYTHON ?= python3
BIN    := .venv/bin
BENCHES := client/finish_to_result client/parallel client/memory client/import_time \
           sandbox/load sandbox/render_cpu prompt/keystroke image/drop studio/first_cell studio/edits studio/import_time \
           grid/first_picture grid/live_neighbour grid/live_tiles widgets/live_views widgets/event_to_dom \
           widgets/saved_notebook sync/spread sync/stepping sync/seeking sync/cycles \
           runs/finish_to_clip runs/busy runs/large_library runs/many_at_once
STATIC := wiro_widgets/widgets/static/front_end.js
JS_SOURCES := $(shell find js/src js/build.mjs js/pack.mjs -type f 2>/dev/null)

.PHONY: demo lab test firefox check bench clean
.DELETE_ON_ERROR:

demo: .venv/lab.stamp
	$(BIN)/python -m wiro_widgets.demo --photo notebooks/launch.jpg \
	  --notebook notebooks/01_quickstart.ipynb --output demo-output

lab: .venv/lab.stamp
	$(BIN)/jupyter lab --notebook-dir=notebooks

test: .venv/dev.stamp
	tests/browser/install-chromium
	tests/library/install-postgresql
	npm --prefix js test
	$(BIN)/python -m pytest

# What plays clips, in Debian's Firefox as well; not a part of `make test`.
firefox: .venv/dev.stamp
	tests/browser/install-firefox $(BIN)/python .venv/firefox
	TEST_BROWSER=firefox PYTHONPATH=.venv/firefox $(BIN)/python -m pytest tests/browser/sync \
	  tests/browser/widgets/test_player.py tests/browser/widgets/test_player_sources.py \
	  tests/browser/widgets/test_compare_grid.py tests/browser/widgets/test_grid_controls.py

check: .venv/dev.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	npm --prefix js run check
	npm --prefix js run build
	$(BIN)/python tests/check_wheel.py

bench: .venv/dev.stamp
	tests/browser/install-chromium
	tests/library/install-postgresql
	$(BIN)/python -m tests.client.fault_matrix
	@for name in $(BENCHES); do echo "== $$name"; $(BIN)/python bench/$$name.py || exit 1; done

clean:
	rm -rf .venv js/node_modules wiro_widgets/widgets/static demo-output dist

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10) and "Python 3.10 or newer is needed; set PYTHON=")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade pip

# Not `npm ci`: it refuses a lock file that lacks other systems' binaries, and a registry that
# does not carry them cannot put them in. The versions are the lock file's all the same.
js/node_modules/.package-lock.json: js/package.json js/package-lock.json
	npm --prefix js install --no-save --ignore-scripts --no-audit --no-fund
	@touch $@

$(STATIC): js/node_modules/.package-lock.json $(JS_SOURCES)
	npm --prefix js run build
	@touch $@

.venv/lab.stamp: pyproject.toml $(STATIC) | $(BIN)/python
	$(BIN)/python -m pip install --quiet --editable '.[lab]'
	@touch $@

.venv/dev.stamp: pyproject.toml $(STATIC) | $(BIN)/python
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	@touch $@
