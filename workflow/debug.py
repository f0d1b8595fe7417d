"""Run a rule's script by hand, outside Snakemake: for a debugger, a profiler or a notebook.

On the command line: ``./innervate debug RULE COHORT``. In a notebook with this folder on the path::

    from debug import mock
    snakemake = mock("bulk_qc", cohort="demo")
    snakemake.input.counts
"""

from __future__ import annotations

import argparse
import runpy
import sys
from collections.abc import Iterator
from pathlib import Path

from snakemake.api import SnakemakeApi
from snakemake.dag import DAG
from snakemake.iocontainers import ResourceList, Snakemake, Wildcards
from snakemake.jobs import Job
from snakemake.settings.types import DAGSettings, OutputSettings, Quietness, ResourceSettings

SNAKEFILE = Path(__file__).resolve().parents[1] / "Snakefile"


def mock(rule: str, into: str | Path | None = None, **wildcards: str) -> Snakemake:
    """Make the ``snakemake`` object that a rule's script would be given.

    Parameters
    ----------
    rule
        Name of the rule, which is that of its script.
    into
        Folder for outputs and log; by default those of a real run, which are then overwritten.
    wildcards
        A value for each wildcard of the rule: ``cohort``, and ``contrast`` or ``cell_sample`` where
        the rule has them.

    Returns
    -------
    snakemake.script.Snakemake
        With input, output, params, wildcards, log, config and rule, and one thread.

    Raises
    ------
    ValueError
        Where there is no such rule, or a wildcard is missing; it says which there are.
    """
    with SnakemakeApi(OutputSettings(quiet={Quietness.ALL})) as api:
        workflow = api.workflow(ResourceSettings(cores=1), snakefile=SNAKEFILE)._workflow
        scripts = {one.name: one for one in workflow.rules if one.script}
        if rule not in scripts:
            raise ValueError(f"no rule {rule!r} has a script; rules: {', '.join(sorted(scripts))}")
        missing = sorted(scripts[rule].wildcard_names - wildcards.keys())
        if missing:
            raise ValueError(f"rule {rule} needs a value for: {', '.join(missing)}")
        workflow.dag_settings = DAGSettings()
        job = Job(scripts[rule], DAG(workflow, rules=[]), Wildcards(fromdict=wildcards))
        output, log = job.output, job.log
        if into:
            folder = Path(into)
            output, log = (type(one)(one, custom_map=folder.joinpath) for one in (output, log))
        for path in [*output, *log]:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
        return Snakemake(
            job.input,
            output,
            job.params,
            job.wildcards,
            1,
            ResourceList(),
            log,
            workflow.config,
            rule,
            None,
            str(SNAKEFILE.parent / "workflow/scripts"),
        )


def main(arguments: list[str] | None = None) -> Iterator[str]:
    """Run one rule's script for one cohort, and leave an exception to Python or to a debugger."""
    parser = argparse.ArgumentParser(prog="innervate debug", description=main.__doc__)
    parser.add_argument("rule", help="name of a rule that has a script, such as bulk_qc")
    parser.add_argument("cohort", help="name of a cohort of config/config.yaml")
    parser.add_argument(
        "wildcards", nargs="*", metavar="NAME=VALUE", help="further wildcards, as contrast=tumor"
    )
    parser.add_argument("--into", default="debug", help="folder for outputs and log (debug)")
    options = parser.parse_args(arguments)
    wildcards = dict(word.split("=", 1) for word in options.wildcards)
    snakemake = mock(options.rule, options.into, cohort=options.cohort, **wildcards)
    script = SNAKEFILE.parent / f"workflow/scripts/{options.rule}.py"
    sys.path.insert(0, str(script.parent))
    runpy.run_path(str(script), {"snakemake": snakemake}, run_name="__main__")
    yield f"written below {options.into}"


if __name__ == "__main__":
    print(*main(), sep="\n")
