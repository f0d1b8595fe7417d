"""Threads of a job: no more than its rule was given."""

from __future__ import annotations

import os
import sys


def cap_numba(threads: int) -> None:
    """Keep numba to a job's threads.

    Snakemake sets the variables that BLAS and OpenMP go by to the threads of the rule. Numba has
    one of its own and takes every core that it sees: on a shared cluster node that takes cores
    from others, and sums over other numbers of threads may differ in the last digit.

    Parameters
    ----------
    threads
        The cores that the job was given, 1 or more.
    """
    # Numba reads the variable when it is imported, and fails where it changes later.
    if "numba" not in sys.modules:
        os.environ["NUMBA_NUM_THREADS"] = str(threads)
        return
    import numba

    numba.set_num_threads(min(threads, numba.config.NUMBA_NUM_THREADS))
