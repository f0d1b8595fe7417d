"""A rule's script run by hand writes what the workflow writes, somewhere else."""

import os
import subprocess
import sys

import pytest


@pytest.fixture
def debug(finished):
    """Return a function that runs `innervate debug` in the folder of the finished run."""

    def run(*arguments):
        package = str(finished.checkout / "workflow/scripts")
        return subprocess.run(
            [sys.executable, "-m", "innervate", "debug", *arguments],
            cwd=finished.folder,
            env={**os.environ, "PYTHONPATH": package},
            capture_output=True,
            text=True,
        )

    return run


def test_script(debug, finished, tmp_path):
    done = debug("bulk_gsea", "demo", "contrast=tumor_high_pain_vs_low", "--into", str(tmp_path))
    assert done.returncode == 0, done.stderr
    table = "results/demo/bulk/gsea/tumor_high_pain_vs_low.tsv"
    assert (tmp_path / table).read_bytes() == (finished.folder / table).read_bytes()
    assert (tmp_path / "logs/demo/bulk_gsea/tumor_high_pain_vs_low.log").is_file()


def test_wrong_words(debug, tmp_path):
    done = debug("bulk_gsea", "demo", "--into", str(tmp_path))
    assert "rule bulk_gsea needs a value for: contrast" in done.stderr
    assert "no rule 'bulk' has a script; rules: bulk_de," in debug("bulk", "demo").stderr
