"""Profiles dry-run, and hold no key and no rule that Snakemake would pass over without a word."""

import importlib.util
import io
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

PLUGINS = {
    "default": [],
    "slurm": ["executor_plugin_slurm"],
    "lsf": ["executor_plugin_lsf"],
    "sge": ["executor_plugin_cluster_generic"],
    "kubernetes": ["executor_plugin_kubernetes", "storage_plugin_fs"],
    "googlebatch": ["executor_plugin_googlebatch", "storage_plugin_fs"],
}
"""What must be installed for a profile to dry-run; storage on disk stands for a bucket."""


@pytest.fixture
def profile(repo, request):
    """Return the folder of the profile that is the test's parameter, or skip without its plugin."""
    name = request.param
    for plugin in PLUGINS[name]:
        if importlib.util.find_spec(f"snakemake_{plugin}") is None:
            pytest.skip(f"snakemake-{plugin.replace('_', '-')} is not installed")
    return repo / "workflow/profiles" / name


def text_with_comments(folder: Path) -> str:
    """Text of a profile, with the keys that it shows as comments taken for real ones."""
    text = (folder / "profile.v9+.yaml").read_text()
    shown = re.compile(r"^# ([a-z-]+:(?: \S+)?|  +[a-z_]+:.*)$", re.M)
    return shown.sub(r"\1", text)


def test_every_profile_is_tested_and_in_the_readme(repo):
    folders = {path.parent.name for path in (repo / "workflow/profiles").glob("*/profile.v9+.yaml")}
    assert folders == set(PLUGINS)
    readme = (repo / "workflow/profiles/README.md").read_text()
    assert all(f"| `{name}` |" in readme for name in folders)


@pytest.mark.parametrize("profile", PLUGINS, indirect=True)
def test_every_key_is_an_option_that_snakemake_takes(profile):
    from snakemake.cli import get_argument_parser
    from snakemake.profiles import ProfileConfigFileParser

    text = text_with_comments(profile)
    stream = io.StringIO(text)
    stream.name = str(profile / "profile.v9+.yaml")
    keys = yaml.safe_load(text).keys()
    # A key with a table that the parser does not know is dropped without a word.
    assert ProfileConfigFileParser().parse(stream).keys() == keys
    parser = get_argument_parser()
    known = {key for action in parser._actions for key in parser.get_possible_config_keys(action)}
    assert keys <= known


@pytest.mark.parametrize("name", PLUGINS)
def test_rules_that_a_profile_names_exist(name, repo):
    rules = re.findall(r"^rule (\w+):", "".join(_smk(repo)), re.M)
    content = yaml.safe_load(text_with_comments(repo / "workflow/profiles" / name))
    named = {*content.get("set-resources", {}), *content.get("set-threads", {})}
    assert named <= set(rules)
    assert named or name != "slurm", "the example that is a comment was found"


def _smk(repo):
    return (path.read_text() for path in (repo / "workflow/rules").glob("*.smk"))


def dry_run(work, profile: Path, *arguments: str) -> str:
    """Print what a run would do, as a user without --cores would see it."""
    if "storage_plugin_fs" in PLUGINS[profile.name]:
        bucket = work.folder / "bucket"
        shutil.copytree(work.folder / "config", bucket / "config")
        arguments += ("--default-storage-provider", "fs", "--default-storage-prefix", str(bucket))
    done = work.snakemake("--dry-run", "--profile", str(profile), *arguments)
    return done.stdout + done.stderr


@pytest.mark.parametrize(
    "profile", [name for name in PLUGINS if name not in ("default", "slurm")], indirect=True
)
def test_profile_dry_runs(profile, workspace, repo):
    work = workspace(repo / "config/cohorts/demo.yaml")
    assert re.search(r"^report +1$", dry_run(work, profile), re.M)


@pytest.mark.parametrize("profile", ["slurm"], indirect=True)
def test_default_resources_are_replaced_and_no_rule_needs_them(profile, workspace, repo, tmp_path):
    own = tmp_path / "slurm"
    shutil.copytree(profile, own)
    with (own / "profile.v9+.yaml").open("a") as out:
        out.write("default-resources:\n  slurm_account: of_the_profile\n  qos: of_the_profile\n")
    work = workspace(repo / "config/cohorts/demo.yaml")
    printed = dry_run(work, own, "--default-resources", "slurm_account=of_the_command")
    assert "slurm_account=of_the_command" in printed
    assert "of_the_profile" not in printed, "replaced, not added to"
    jobs = re.findall(r"^rule (\w+):\n((?:    .*\n)+)", printed, re.M)
    assert {"cell_qc", "circuit_edges", "report"} <= {rule for rule, _ in jobs}
    # Snakemake has a default for memory, but none for time.
    assert all(re.search(r" runtime=", job) for rule, job in jobs if rule != "all")


def test_every_rule_says_its_memory_and_time(repo):
    for text in _smk(repo):
        for name, rule in re.findall(r"^rule (\w+):\n((?:(?: .*)?\n)+)", text, re.M):
            if re.search(r"^    (script|shell):", rule, re.M):
                assert re.search(r"mem_mb=(mem_mb|reference_mem)\(", rule), name
                assert re.search(r"runtime=runtime\(", rule), name


def test_a_misspelled_profile_is_an_error_only_as_profile(workspace, repo):
    work = workspace(repo / "config/cohorts/demo.yaml")
    wrong = repo / "workflow/profiles/slrum"
    failed = work.snakemake("--dry-run", "--profile", str(wrong), check=False)
    assert failed.returncode != 0
    assert "profile" in failed.stderr + failed.stdout
    # Why the documentation never says --workflow-profile.
    work.snakemake("--dry-run", "--quiet", "all", "--workflow-profile", str(wrong))


@pytest.mark.parametrize("profile", ["slurm"], indirect=True)
def test_the_example_of_partitions_holds_the_largest_jobs(profile, repo):
    from snakemake_executor_plugin_slurm.partitions import read_partition_file

    limits = [one.limits for one in read_partition_file(profile / "partitions.example.yaml")]
    longest = max(map(int, re.findall(r"runtime\((\d+)", "".join(_smk(repo)))))
    assert min(one.max_runtime for one in limits) < max(one.max_runtime for one in limits)
    assert max(one.max_runtime for one in limits) > 4 * longest


@pytest.mark.parametrize(
    ("qstat", "qacct", "expected"),
    [
        ("job_number: 7", None, "running"),
        ("error reason 1: can't chdir", None, "failed"),
        (None, "failed 0\nexit_status 0", "success"),
        (None, "failed 0\nexit_status 1", "failed"),
        (None, "failed 37 : qmaster enforced h_rt\nexit_status 0", "failed"),
        (None, None, "running"),
    ],
)
def test_grid_engine_jobs_that_were_killed_count_as_failed(qstat, qacct, expected, repo, tmp_path):
    for name, says in {"qstat": qstat, "qacct": qacct, "qdel": ""}.items():
        body = "exit 1" if says is None else f"cat <<'END'\n{says}\nEND"
        (tmp_path / name).write_text(f"#!/bin/sh\n{body}\n")
        (tmp_path / name).chmod(0o755)
    command = [repo / "workflow/profiles/sge/status.sh", "7"]
    path = os.pathsep.join([str(tmp_path), os.environ["PATH"]])
    done = subprocess.run(command, env={"PATH": path}, capture_output=True, text=True)
    assert done.stdout == f"{expected}\n"
