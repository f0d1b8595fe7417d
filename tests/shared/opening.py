"""How long a page takes to open."""

import time
from pathlib import Path

SHOWN = "new Promise(done => requestAnimationFrame(() => done(1)))"


def seconds_to_open(browser, path: Path) -> tuple[float, float]:
    """Open a page until its first frame is drawn.

    Returns
    -------
    tuple
        Seconds by the clock, and seconds of the processor that the page's main thread took.
    """
    context = browser.new_context()
    page = context.new_page()
    page.set_default_timeout(120_000)
    session = context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    start = time.perf_counter()
    page.goto(path.as_uri())
    page.evaluate(SHOWN)
    clock = time.perf_counter() - start
    metrics = session.send("Performance.getMetrics")["metrics"]
    context.close()
    return clock, next(one["value"] for one in metrics if one["name"] == "ThreadTime")


def quickest_opening(browser, path: Path, within: float, tries: int = 5) -> tuple[float, float]:
    """Open a page until it is there in time, or else a few times.

    What else runs on the machine can only slow an opening, so that one that is quick enough shows
    that the page is; a page that takes longer by itself never is.

    Returns
    -------
    tuple
        As of `seconds_to_open`, of the quickest by the clock.
    """
    seen = []
    while len(seen) < tries and (not seen or min(seen)[0] >= within):
        seen.append(seconds_to_open(browser, path))
    return min(seen)
