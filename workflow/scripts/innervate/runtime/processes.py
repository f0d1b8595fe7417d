"""Work of one job on several of its cores."""

from __future__ import annotations

import multiprocessing
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import Any, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

_KEPT: dict[str, Callable[[Any], Any]] = {}
"""Of a copy: what it is to do."""


def side_by_side(
    work: Callable[[Item], Result], items: Sequence[Item], processes: int
) -> list[Result]:
    """Call a function on each item, in copies of this process.

    The copies know all that this process knows, so that nothing large is sent to them.

    Parameters
    ----------
    work
        May be a closure. What it changes, it changes in its copy alone.
    items
        Short: they are sent. The last ones are begun first.
    processes
        Copies; with one, or on a system whose libraries can't be copied safely (macOS), all is
        done here.

    Returns
    -------
    list
        What the function returned, in the order of the items.
    """
    if processes == 1 or sys.platform != "linux":
        return [work(item) for item in items]
    fork = multiprocessing.get_context("fork")
    kept = ({"work": work},)
    with ProcessPoolExecutor(processes, fork, initializer=_KEPT.update, initargs=kept) as pool:
        return list(pool.map(_call, items[::-1]))[::-1]


def _call(item: Any) -> Any:
    return _KEPT["work"](item)
