"""How long a page takes to open."""

import time
from pathlib import Path

SHOWN = "new Promise(done => requestAnimationFrame(() => done(1)))"


def seconds_to_open(browser, path: Path) -> tuple[float, float]:
    """Open a page until its first frame is drawn.

    Returns
    -------
    tuple
        Seconds by the clock, and seconds of the processor that the page's main thread took. Tests
        run side by side, so that only the latter are the page's own.
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
