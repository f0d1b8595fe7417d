"""What the tests of the whole workflow share: a working directory and a way to run in it."""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

PARTS = ("Snakefile", "workflow", "resources", "envs", "config", "pyproject.toml")

SMALL = {
    "simulation__patients": 24,
    "simulation__genes": 3000,
    "simulation__single_cell_patients": 3,
    "simulation__cells": 200,
}
"""Changes that make the demo cohort small."""

LONGEST = 1200
"""Seconds after which a run counts as stuck."""


@dataclass
class Workspace:
    """A working directory, and the checkout of the workflow that is run in it."""

    folder: Path
    checkout: Path

    def snakemake(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess:
        """Run Snakemake here; where it fails and should not, show what it printed."""
        command = [sys.executable, "-m", "snakemake", "--snakefile", self.checkout / "Snakefile"]
        command += ["--directory", self.folder, "--cores", "2", *arguments]
        done = subprocess.run(
            command, capture_output=True, text=True, cwd=self.folder, timeout=LONGEST
        )
        if check and done.returncode != 0:
            logs = "\n".join(path.read_text() for path in self.folder.glob("logs/**/*.log"))
            pytest.fail(f"{done.stdout}\n{done.stderr}\n{logs[-4000:]}")
        return done

    def planned(self, *arguments: str) -> dict[str, int]:
        """Count the jobs that a run would do, by rule."""
        printed = self.snakemake("--dry-run", *arguments)
        return self.counts(printed.stdout + printed.stderr)

    @staticmethod
    def counts(text: str) -> dict[str, int]:
        """Read the jobs that Snakemake said it would do, by rule."""
        table = re.search(r"Job stats:\njob\s+count\n[-\s]+\n(.*?)\n\n", text, re.S)
        if table is None:
            assert "Nothing to be done" in text, text
            return {}
        counts = dict(line.split() for line in table[1].splitlines())
        return {rule: int(n) for rule, n in counts.items() if rule not in ("all", "total")}

    def cohort(self, name: str, **changes) -> None:
        """Change keys of a cohort file, given as dotted names with __ for the dot."""
        path = self.folder / "config/cohorts" / f"{name}.yaml"
        data = yaml.safe_load(path.read_text())
        for dotted, value in changes.items():
            *parents, last = dotted.split("__")
            inner = data
            for parent in parents:
                inner = inner.setdefault(parent, {})
            inner[last] = value
        path.write_text(yaml.safe_dump(data, sort_keys=False))

    def make_demo_small(self) -> None:
        """Change the demo cohort to the size of the `finished` run."""
        self.cohort("demo", **SMALL)

    def digests(self) -> dict[str, str]:
        """Digest of every table and report under results/, by path.

        Not the contents: pytest would take hours to print how megabytes differ.
        """
        return {
            str(path.relative_to(self.folder)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted((self.folder / "results").rglob("*"))
            if path.suffix in (".tsv", ".html")
        }


def _workspace(folder: Path, checkout: Path, *cohorts: Path) -> Workspace:
    (folder / "config/cohorts").mkdir(parents=True)
    for path in cohorts:
        shutil.copy(path, folder / "config/cohorts" / path.name)
    names = [f"config/cohorts/{path.name}" for path in cohorts]
    (folder / "config/config.yaml").write_text(yaml.safe_dump({"cohorts": names}))
    return Workspace(folder, checkout)


@pytest.fixture(scope="session")
def new_workspace(repo):
    """Return a function that makes a folder a working directory for the given cohort files."""

    def make(folder: Path, *cohorts: Path) -> Workspace:
        made = _workspace(folder, repo, *cohorts)
        os.symlink(repo / "tests", made.folder / "tests")
        if (repo.parent / "shared").is_dir():
            os.symlink(repo.parent / "shared", made.folder / "shared")
        return made

    return make


@pytest.fixture
def workspace(tmp_path, new_workspace):
    """Return a function that makes a working directory of its own for a test."""
    return lambda *cohorts: new_workspace(tmp_path / "work", *cohorts)


@pytest.fixture(scope="session")
def finished(tmp_path_factory, repo) -> Workspace:
    """Return a finished run of a small demo, in a checkout of its own that tests may copy.

    It is kept for the sessions to come, as long as the workflow is the same to the byte.
    """
    kept = repo / ".venv/cache/tests" / f"finished-{_digest(repo)}"
    kept.parent.mkdir(parents=True, exist_ok=True)
    # Workers that need it at once wait for the one that makes it.
    with open(kept.parent / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.is_dir():
            for stale in kept.parent.glob("finished-*"):
                shutil.rmtree(stale)
            root = tmp_path_factory.mktemp("finished") / "run"
            _run_small(root, repo)
            partial = kept.parent / f"partial-{os.getpid()}"
            shutil.copytree(root, partial, symlinks=True)
            partial.rename(kept)
    return Workspace(kept / "work", kept / "checkout")


def _digest(repo: Path) -> str:
    whole = hashlib.sha256(sys.version.encode())
    for part in PARTS:
        for path in sorted([repo / part, *(repo / part).rglob("*")]):
            if path.is_file() and "__pycache__" not in path.parts:
                whole.update(str(path.relative_to(repo)).encode() + path.read_bytes())
    return whole.hexdigest()[:16]


def _run_small(root: Path, repo: Path) -> None:
    checkout = root / "checkout"
    checkout.mkdir(parents=True)
    ignored = shutil.ignore_patterns("__pycache__")
    for part in PARTS:
        source = repo / part
        if source.is_dir():
            shutil.copytree(source, checkout / part, ignore=ignored)
        else:
            shutil.copy(source, checkout / part)
    small = _workspace(root / "work", checkout, repo / "config/cohorts/demo.yaml")
    small.make_demo_small()
    small.snakemake()
