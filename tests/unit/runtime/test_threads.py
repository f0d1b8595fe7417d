"""Numba keeps to a job's threads, whether it is imported before or after the cap."""

import os
import subprocess
import sys

import pytest

SCRIPT = """
{first}
from innervate.runtime.threads import cap_numba
cap_numba({threads})
import numba
numba.njit(lambda n: n + 1)(1)  # compiling fails where the variable and the threads disagree
print(numba.get_num_threads())
"""


@pytest.mark.parametrize(
    ("first", "threads", "expected"),
    [("", 1, 1), ("import numba", 2, 2), ("import numba", 9, 4)],
    ids=["imported after", "imported before", "more than the machine has"],
)
def test_numba_keeps_to_the_threads_of_the_job(first, threads, expected, repo):
    # The machine may have one core: numba takes this for the number that it has.
    environment = {"PYTHONPATH": str(repo / "workflow/scripts"), "NUMBA_NUM_THREADS": "4"}
    command = [sys.executable, "-c", SCRIPT.format(first=first, threads=threads)]
    done = subprocess.run(command, env=os.environ | environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) == expected
