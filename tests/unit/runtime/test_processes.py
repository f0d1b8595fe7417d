"""Work on several cores: the same results in the same order, and failures that are not lost."""

import os

import pytest

from innervate.runtime.processes import side_by_side


@pytest.mark.parametrize("processes", [1, 2])
def test_results_are_in_the_order_of_the_items(processes):
    known = {"a": 1, "b": 2, "c": 3}
    assert side_by_side(lambda name: known[name], ["c", "a", "b"], processes) == [3, 1, 2]


@pytest.mark.skipif(os.uname().sysname != "Linux", reason="other systems do all in one process")
def test_two_work_beside_this_process():
    workers = set(side_by_side(lambda _: os.getpid(), list(range(8)), 2))
    assert os.getpid() not in workers
    assert 1 <= len(workers) <= 2


@pytest.mark.parametrize("processes", [1, 2])
def test_what_fails_in_a_copy_fails_here(processes):
    with pytest.raises(ZeroDivisionError):
        side_by_side(lambda number: 1 // number, [1, 0], processes)
