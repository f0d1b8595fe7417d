# Two commands do everything: `make demo` and `make test`. Both write only inside this folder.
PYTHON ?= python3
CORES ?= 2
VENV := .venv
RUN := $(VENV)/bin
STAMP := $(VENV)/installed-$(shell cksum < envs/requirements.lock | cut -d' ' -f1)

# Bytecode is kept, and matplotlib's and numba's caches stay in the clone: starts are faster.
unexport PYTHONDONTWRITEBYTECODE
export MPLCONFIGDIR := $(CURDIR)/$(VENV)/cache/matplotlib
export NUMBA_CACHE_DIR := $(CURDIR)/$(VENV)/cache/numba
export XDG_CACHE_HOME := $(CURDIR)/$(VENV)/cache
export UV_PYTHON_DOWNLOADS := never
export TMPDIR := $(CURDIR)/$(VENV)/cache/tmp
# Institutions that inspect traffic add their certificate to the system's.
export UV_SYSTEM_CERTS := 1

.PHONY: demo test test-slow test-long generate calibrate lock clean

demo: $(STAMP)  ## run the main job on the demo cohort
	$(RUN)/snakemake --cores $(CORES) --profile workflow/profiles/default \
	  results/demo/report.html results/index.html
	@echo "report: $(CURDIR)/results/demo/report.html"

test: $(STAMP)  ## the tests, without those marked slow
	$(RUN)/pytest -q -n $(CORES) --dist loadscope -m "not slow"

test-slow: $(STAMP)  ## the tests marked slow: whole runs on real data, Slurm, R as oracle, benchmarks
	$(RUN)/pytest -q -n $(CORES) --dist loadscope -m "slow and not long"

test-long: $(STAMP)  ## slow tests that CI runs only where time is left
	$(RUN)/pytest -q -n $(CORES) --dist loadscope -m long

generate: $(STAMP)  ## write again what is made from the config models and the gene sets
	PYTHONPATH=workflow/scripts $(RUN)/python -m innervate.generate

calibrate: $(STAMP)  ## simulate cohorts with and without a circuit; rewrites docs/calibration.*
	PYTHONPATH=workflow/scripts OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 \
	  $(RUN)/python -m innervate.planning.calibrate --cores $(CORES)

lock: $(STAMP)  ## resolve the dependencies of pyproject.toml anew
	$(RUN)/uv pip compile --upgrade --universal --python-version 3.11 --generate-hashes \
	  --no-header --no-annotate --no-emit-index-url --extra test --quiet \
	  pyproject.toml --output-file envs/requirements.lock

clean:
	rm -rf $(VENV) .snakemake results logs benchmarks data

# uv installs in seconds what pip needs a minute for; where it can't be had, pip does. Numba then
# compiles, on two cores, what the first run would wait for on one.
$(STAMP): envs/requirements.lock
	@mkdir -p $(TMPDIR)
	@test -x $(RUN)/python || $(PYTHON) -m venv $(VENV) || \
	  { echo "Python's venv module is missing: install it (Debian: python3-venv)"; exit 1; }
	@echo "installing $(shell grep -c == envs/requirements.lock) packages into $(VENV)"
	@$(RUN)/python -m pip install --quiet --disable-pip-version-check uv && \
	  UV_CACHE_DIR=$(VENV)/cache/uv $(RUN)/uv pip install --quiet --python $(RUN)/python \
	    --compile-bytecode --require-hashes --requirement envs/requirements.lock || \
	  $(RUN)/python -m pip install --quiet --disable-pip-version-check --no-deps \
	    --require-hashes --requirement envs/requirements.lock
	@echo "compiling"
	@$(RUN)/python -c "import umap" & $(RUN)/python -W ignore -c "import liana" && wait $$!
	@rm -rf $(VENV)/cache/uv $(VENV)/installed-* && touch $@
