"""Pages opened in headless Chromium, as a reader would: by double click, from a file."""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}
LOCAL = ("file:", "data:", "blob:", "about:")
"""Schemes of requests that leave this machine alone."""


@dataclass
class Opened:
    """A page that was opened, and what went wrong while it was open."""

    page: object
    """The Playwright page."""
    problems: list[str] = field(default_factory=list)
    """Errors and warnings of the console, uncaught exceptions, dialogs."""
    requests: list[str] = field(default_factory=list)
    """Addresses asked of the network."""

    def settle(self) -> None:
        """Scroll through the page and open what is folded, so that all of it is drawn."""
        self.page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        self.page.evaluate("document.fonts.ready")
        self.page.evaluate(
            """async () => {
                const rest = () => new Promise(done => setTimeout(done, 15));
                const step = window.innerHeight;
                for (let y = 0; y < document.documentElement.scrollHeight; y += step) {
                    window.scrollTo({top: y, behavior: 'instant'});
                    await rest();
                }
                window.scrollTo({top: 0, behavior: 'instant'});
                await rest();
            }"""
        )


@pytest.fixture(scope="session")
def chromium() -> Iterator[object]:
    """Return a running headless Chromium, or skip where there is none."""
    playwright = pytest.importorskip(
        "playwright.sync_api", reason="the Python package playwright is not installed"
    )
    command = shutil.which("chromium")
    if command is None:
        pytest.skip("chromium is not installed")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=command, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium) -> Iterator[Callable[..., Opened]]:
    """Return a function that opens a file in a window of its own."""
    contexts = []

    def open_file(
        path: Path, size: dict[str, int] = DESKTOP, dark: bool = False, script: bool = True
    ) -> Opened:
        context = chromium.new_context(
            viewport=size,
            color_scheme="dark" if dark else "light",
            java_script_enabled=script,
            reduced_motion="reduce",
            accept_downloads=True,
        )
        contexts.append(context)
        opened = Opened(context.new_page())
        watch(opened)
        opened.page.goto(path.resolve().as_uri())
        return opened

    yield open_file
    for context in contexts:
        context.close()


def watch(opened: Opened) -> None:
    """Note what a page must not do: complain, ask the reader, or ask the network."""

    def dialog(shown):
        opened.problems.append(f"dialog: {shown.message}")
        shown.dismiss()

    def console(message):
        if message.type in ("error", "warning"):
            opened.problems.append(f"console {message.type}: {message.text}")

    def request(asked):
        if not asked.url.startswith(LOCAL):
            opened.requests.append(asked.url)

    opened.page.on("dialog", dialog)
    opened.page.on("console", console)
    opened.page.on("pageerror", lambda error: opened.problems.append(f"exception: {error}"))
    opened.page.on("request", request)


@pytest.fixture(scope="session")
def axe(repo) -> str:
    """Return the source of axe-core, or skip: `npm install --prefix .venv/cache/node axe-core`."""
    name = "node_modules/axe-core/axe.min.js"
    given = os.environ.get("INNERVATE_AXE")
    places = [Path(given)] if given else [repo / ".venv/cache/node" / name, repo / name]
    for path in places:
        if path.is_file():
            return path.read_text(encoding="utf-8")
    pytest.skip("axe-core is in none of " + ", ".join(map(str, places)))


@pytest.fixture(scope="session")
def shots(tmp_path_factory) -> Path:
    """Return where screenshots go: the folder INNERVATE_SCREENSHOTS, else a passing one."""
    given = os.environ.get("INNERVATE_SCREENSHOTS")
    folder = Path(given) if given else tmp_path_factory.mktemp("screenshots")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def reports(finished, fake, tmp_path_factory) -> dict[str, Path]:
    """Return the pages to look at: of a finished run, and of results with hostile names."""
    hostile = tmp_path_factory.mktemp("hostile") / "report.html"
    hostile.write_text(fake.html(), encoding="utf-8")
    return {"demo": finished.folder / "results/demo/report.html", "hostile": hostile}


@pytest.fixture(params=["demo", "hostile"])
def report(request, reports) -> Path:
    """Return each of the pages in turn."""
    return reports[request.param]
