"""Jobs run in the workflow's own environment and within their threads, activated or not."""

import os
import subprocess
import sys
from pathlib import Path

SNAKEFILE = """
include: "{repo}/Snakefile"

rule command:
    output: "python.txt"
    shell: "command -v python > {{output}}"

rule step:
    output: "threads.txt"
    log: "step.log"
    script: "step.py"
"""

STEP = """
import os
import sys
from pathlib import Path

sys.path.insert(0, "{repo}/workflow/scripts")
import numba

from innervate.runtime.log import run

def main(snakemake):
    seen = [numba.get_num_threads(), os.environ["OPENBLAS_NUM_THREADS"], snakemake.threads]
    Path(snakemake.output[0]).write_text(" ".join(map(str, seen)))

run(main, snakemake)
"""


def test_commands_and_steps_of_an_environment_that_is_not_active(workspace, repo):
    work = workspace(repo / "config/cohorts/demo.yaml")
    (work.folder / "Snakefile").write_text(SNAKEFILE.format(repo=repo))
    (work.folder / "step.py").write_text(STEP.format(repo=repo))
    # Numba takes this for the cores of the machine, which may be one.
    environment = os.environ | {"PATH": "/usr/bin:/bin", "NUMBA_NUM_THREADS": "4"}
    command = [sys.executable, "-m", "snakemake", "--cores", "2", "python.txt", "threads.txt"]
    done = subprocess.run(command, cwd=work.folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found = Path((work.folder / "python.txt").read_text().strip())
    assert found.parent == Path(sys.executable).parent
    assert (work.folder / "threads.txt").read_text() == "1 1 1"
