"""What a run would cost, from the workflow's own dry run and from benchmarks of earlier runs."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pandas as pd

from innervate.runtime.errors import InnervateError

ROOT = Path(__file__).resolve().parents[4]
RULE = re.compile(r"^(?:local)?rule (\w+):$")
RESOURCE = re.compile(r"\b(mem_mb|runtime)=(\d+)")


def planned_jobs(cohort_file: str) -> pd.DataFrame:
    """Jobs that a run of one cohort would do now.

    Parameters
    ----------
    cohort_file
        As the config would name it.

    Returns
    -------
    DataFrame
        One row a job: ``rule``; ``mem_mb`` (MB) and ``runtime`` (minutes) as the rule declares
        them, missing where they depend on files that are still to be made.

    Raises
    ------
    InnervateError
        With what Snakemake printed, where it refuses.
    """
    command = [sys.executable, "-m", "snakemake", "--dry-run", "--snakefile", ROOT / "Snakefile"]
    command += ["--cores", "1", "--nocolor", "--config", f"cohorts={json.dumps([cohort_file])}"]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise InnervateError(f"the dry run failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    rows: list[dict] = []
    for line in (done.stdout + done.stderr).splitlines():
        match = RULE.match(line.strip())
        if match:
            rows.append({"rule": match[1], "mem_mb": None, "runtime": None})
        elif rows and line.strip().startswith("resources:"):
            rows[-1] |= {name: int(value) for name, value in RESOURCE.findall(line)}
    jobs = pd.DataFrame(rows, columns=["rule", "mem_mb", "runtime"])
    jobs = jobs.astype({"mem_mb": float, "runtime": float})
    return jobs[~jobs["rule"].isin(["all", "tables"])]


def benchmarks(folder: Path) -> pd.DataFrame:
    """Mean time (s) and peak memory (MB) of each rule in the benchmarks of earlier runs.

    Parameters
    ----------
    folder
        ``benchmarks/`` of a working directory; there may be none.

    Returns
    -------
    DataFrame
        By rule: ``seconds, mb``.
    """
    rows = []
    for path in sorted(folder.glob("*/**/*.tsv")):
        # benchmarks/COHORT/RULE.tsv, or benchmarks/COHORT/RULE/WILDCARD.tsv
        rule = path.relative_to(folder).with_suffix("").parts[1]
        frame = pd.read_csv(path, sep="\t", na_values=["-", "NA"])
        rows.append((rule, frame["s"].mean(), frame["max_rss"].max()))
    table = pd.DataFrame(rows, columns=["rule", "seconds", "mb"])
    return table.groupby("rule").agg({"seconds": "mean", "mb": "max"})


def cost_table(jobs: pd.DataFrame, earlier: pd.DataFrame) -> pd.DataFrame:
    """Cost by rule, in the order in which the rules come.

    Parameters
    ----------
    jobs
        Of `planned_jobs`.
    earlier
        Of `benchmarks`.

    Returns
    -------
    DataFrame
        ``rule, jobs``; ``mem_mb``, the largest declared; ``limit``, minutes at most for all jobs
        of the rule, missing where one of them depends on files that are still to be made;
        ``seconds``, for all of them, as earlier runs took.
    """
    table = jobs.groupby("rule", sort=False).agg(
        jobs=("rule", "size"), mem_mb=("mem_mb", "max"), limit=("runtime", "sum")
    )
    known = jobs["runtime"].notna().groupby(jobs["rule"]).all()
    table["limit"] = table["limit"].where(known.reindex(table.index))
    table["seconds"] = table["jobs"] * earlier["seconds"].reindex(table.index)
    return table.reset_index()
