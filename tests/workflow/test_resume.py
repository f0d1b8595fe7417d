"""A run killed half-way and started again gives byte-identical tables."""

import os
import signal
import subprocess
import sys
import time

import pytest


@pytest.mark.slow
@pytest.mark.long
def test_killed_and_resumed_equals_undisturbed(finished, workspace, repo):
    work = workspace(repo / "config/cohorts/demo.yaml")
    work.make_demo_small()
    command = [sys.executable, "-m", "snakemake", "--snakefile", work.checkout / "Snakefile"]
    command += ["--directory", work.folder, "--cores", "2"]
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    deadline = time.monotonic() + 300
    while not (work.folder / "results/demo/bulk/qc.tsv").exists():
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.05)
    time.sleep(1.5)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert not (work.folder / "results/demo/report.html").exists()
    work.snakemake("--unlock")
    work.snakemake("--rerun-incomplete")
    assert list((work.folder / "results").rglob(".partial-*")) == [], "no half-written file stays"
    resumed, undisturbed = work.digests(), finished.digests()
    assert len(resumed) > 12
    # The report names when and where it was made.
    report = {"results/demo/report.html"}
    differ = {name for name in resumed | undisturbed if resumed.get(name) != undisturbed.get(name)}
    assert differ <= report
