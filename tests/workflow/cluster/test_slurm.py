"""The demo on a real Slurm through the profile that ships, with what goes wrong on clusters.

One run, in which a job is killed for the memory it takes, another is canceled, and the controller
is away for a while; its results are those of a run without any of it on one machine.
"""

import os
import subprocess
import sys
import time
from dataclasses import dataclass

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.slurm]

TOO_LITTLE = "cells_embed"
"""The rule that gets too little memory at its first attempt: it takes some 500 MB for long."""

CANCELED = "bulk_normalize"
"""The rule whose first job is canceled while it runs."""

IN_OUTAGE = "cells_annotate"
"""The rule during whose job the controller is restarted."""

LOCAL = {"samples", "genes", "exclusions", "clinical_table", "index", "all"}
"""Rules that run beside Snakemake itself."""

TARGETS = ["results/demo/report.html", "results/index.html"]
"""What `make demo` makes."""

FOR_THE_TEST = [
    # No accounting here: profiles/slurm says when to set this.
    *("--slurm-status-command", "squeue"),
    # A demo's jobs take seconds.
    *("--slurm-init-seconds-before-status-checks", "1", "--seconds-between-status-checks", "1"),
    *("--set-resources", f"{TOO_LITTLE}:mem_mb=300 * 8 ** (attempt - 1)"),
]

WITHOUT_ACCOUNTING = "without-accounting"
"""Folder of the profile that is first in PATH where, as here, Slurm keeps no accounts."""

LONGEST = 2400
"""Seconds after which the run counts as stuck."""


@dataclass
class SlurmRun:
    """What a run through Slurm left."""

    jobs: list
    planned: dict
    printed: str
    returncode: int
    seconds: float
    digests: dict


def table(run: SlurmRun) -> str:
    """All jobs of the run, for who reads the log."""
    seen = {}
    lines = [f"{'job':>4} {'state':<10} {'memory':>8} {'time':>6} cpus attempt rule and wildcards"]
    for job in run.jobs:
        seen[job.rule] = seen.get(job.rule, 0) + 1
        lines.append(
            f"{job.number:>4} {job.state:<10} {job.memory_mb:>5} MB {job.minutes:>3} min "
            f"{job.cpus:>4} {seen[job.rule]:>7} {job.rule}"
        )
    return "\n".join([*lines, f"{len(run.jobs)} Slurm jobs in {run.seconds:.0f} s"])


@pytest.fixture(scope="module")
def run(slurm, finished, new_workspace, tmp_path_factory, repo) -> SlurmRun:
    """Run the small demo through Slurm, and do to it what clusters do."""
    work = new_workspace(
        tmp_path_factory.mktemp("slurm") / "work", repo / "config/cohorts/demo.yaml"
    )
    work.make_demo_small()
    work.checkout = finished.checkout
    profile = work.checkout / "workflow/profiles/slurm"
    command = [sys.executable, "-m", "snakemake", "--snakefile", work.checkout / "Snakefile"]
    command += ["--directory", work.folder, "--profile", profile, *FOR_THE_TEST]
    command += ["--", *TARGETS]
    start = time.monotonic()
    log = work.folder / "snakemake.log"
    environment = os.environ | {"PATH": f"{profile / WITHOUT_ACCOUNTING}:{os.environ['PATH']}"}
    with log.open("w") as out:
        process = subprocess.Popen(
            command, stdout=out, stderr=out, cwd=work.folder, env=environment
        )
    try:
        _disturb(slurm, process, start)
    finally:
        process.kill()
    seconds = time.monotonic() - start
    printed, jobs = log.read_text(), slurm.jobs()
    return SlurmRun(jobs, work.counts(printed), printed, process.wait(), seconds, work.digests())


def _disturb(slurm, process, start) -> None:
    canceled = restarted = False
    while process.poll() is None:
        assert time.monotonic() - start < LONGEST, "the run does not end"
        running = {job.rule.split()[0]: job for job in slurm.jobs() if job.state == "RUNNING"}
        if not canceled and CANCELED in running:
            slurm.cancel(running[CANCELED])
            canceled = True
        if not restarted and IN_OUTAGE in running:
            slurm.stop_controller()
            assert slurm.jobs() == [], "nobody answers"
            slurm.start_controller()
            restarted = True
        time.sleep(0.5)


def attempts(run: SlurmRun, rule: str) -> list:
    """All Slurm jobs of a rule that has one job."""
    return [job for job in run.jobs if job.rule.split()[0] == rule]


def test_the_run_ends_well_and_every_job_went_through_slurm(run, record_property):
    record_property("log", table(run))
    assert run.returncode == 0, run.printed[-4000:]
    assert set(run.planned) >= {TOO_LITTLE, CANCELED, IN_OUTAGE, "report"}
    ended_well = [job.rule.split()[0] for job in run.jobs if job.state == "COMPLETED"]
    counts = {rule: ended_well.count(rule) for rule in set(ended_well)}
    assert counts == {rule: n for rule, n in run.planned.items() if rule not in LOCAL}


def test_results_are_those_of_a_local_run_to_the_byte(run, finished):
    undisturbed = finished.digests()
    # The local run has figures and tables for MultiQC as well.
    assert len(run.digests) > 60
    differ = {name for name, digest in run.digests.items() if digest != undisturbed.get(name)}
    # The report says on which day it was made.
    assert differ <= {"results/demo/report.html"}


def test_a_job_killed_for_its_memory_is_a_new_job_with_more(run):
    first, second = attempts(run, TOO_LITTLE)
    # Without control groups, as here, Slurm does not tell memory from other failures.
    assert first.state in ("FAILED", "OUT_OF_MEMORY")
    assert second.state == "COMPLETED"
    assert (first.memory_mb, second.memory_mb) == (300, 2400)
    assert first.number != second.number


def test_a_canceled_job_is_a_new_job_with_the_rules_own_growth(run):
    first, second = attempts(run, CANCELED)
    assert (first.state, second.state) == ("CANCELLED", "COMPLETED")
    assert abs(second.memory_mb - 1.6 * first.memory_mb) < 2, "whole MB"
    assert second.minutes == 2 * first.minutes
    assert first.number != second.number


def test_a_restart_of_the_controller_costs_no_job(run):
    (only,) = attempts(run, IN_OUTAGE)
    assert only.state == "COMPLETED"


def test_without_accounting_sacct_is_answered_by_squeue(run, slurm, repo):
    """What the plugin asks while the controller does not say how long it remembers jobs."""
    stand_in = repo / "workflow/profiles/slurm" / WITHOUT_ACCOUNTING / "sacct"
    listed = subprocess.run(
        ["squeue", "--noheader", "--states=all", "--format=%j"], capture_output=True, text=True
    )
    (name,) = set(listed.stdout.split())
    question = [stand_in, "-X", "--parsable2", "--noheader", "--format=JobIdRaw,State", "--name"]
    answer = subprocess.run([*question, name], capture_output=True, text=True, check=True)
    states = dict(line.split("|") for line in answer.stdout.split())
    assert states == {str(job.number): job.state for job in run.jobs}
    assert subprocess.run([stand_in, "-nu", "root"], capture_output=True).returncode == 1


def test_jobs_get_the_threads_of_their_rule(run):
    # The login node's cores do not cap them.
    assert {job.cpus for job in attempts(run, "report")} == {2}
    assert {job.cpus for job in attempts(run, "cell_qc")} == {1}
