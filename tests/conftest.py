"""Fixtures that all tests share; those of more than a line or two stand in tests/shared."""

import shutil
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parents[1]

pytest_plugins = ["runs", "declared", "made_up_results", "made_up_cells", "real_cells"]


def pytest_terminal_summary(terminalreporter):
    """Print what tests recorded as their log, as CI shows nothing else of a test that passed."""
    for reports in terminalreporter.stats.values():
        for report in reports:
            log = dict(getattr(report, "user_properties", [])).get("log")
            if log and report.when == "call":
                terminalreporter.section(report.nodeid)
                terminalreporter.write_line(log)


@pytest.fixture(scope="session")
def repo() -> Path:
    """Return the root of the repository."""
    return REPO


@pytest.fixture(scope="session")
def shared() -> Path:
    """Return the folder with real public data, or skip: users do not have it, CI does."""
    folder = REPO.parent / "shared"
    if not (folder / "data").is_dir():
        pytest.skip("the real public data are not beside this checkout (../shared/data)")
    return folder


@pytest.fixture(scope="session")
def rscript() -> str:
    """Return R's command, or skip: R is an oracle for tests and not needed to run."""
    command = shutil.which("Rscript")
    if command is None:
        pytest.skip("R is not installed; its results are the oracle of this test")
    return command
