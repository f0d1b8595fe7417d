"""The linters and formatters that the project keeps to find nothing."""

import subprocess
import sys
from pathlib import Path

import pytest

COMMANDS = {
    "ruff check": ["ruff", "check", "."],
    "ruff format": ["ruff", "format", "--check", "."],
    "snakefmt": ["snakefmt", "--check", "Snakefile", "workflow"],
    "snakemake lint": ["snakemake", "--lint"],
}


@pytest.mark.parametrize("name", COMMANDS)
def test_clean(name, repo):
    tool, *arguments = COMMANDS[name]
    command = [Path(sys.executable).parent / tool, *arguments]
    done = subprocess.run(command, cwd=repo, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_modules_stay_small(repo):
    long = {
        str(path.relative_to(repo)): lines
        for path in (repo / "workflow").rglob("*.py")
        if (lines := len(path.read_text().splitlines())) > 400
    }
    assert not long
