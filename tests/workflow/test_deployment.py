"""What the workflow catalog, snakedeploy and container builds look for, as far as it shows here."""

import os
import re
import subprocess
import sys

import pytest
import yaml


def test_layout_that_snakedeploy_and_the_catalog_look_for(repo):
    for path in ("workflow/Snakefile", "config/config.yaml", "config/README.md", "LICENSE"):
        assert (repo / path).is_file()
    catalog = yaml.safe_load((repo / ".snakemake-workflow-catalog.yml").read_text())
    methods = catalog["usage"]["software-stack-deployment"]
    assert methods == {"conda": True, "apptainer": True, "apptainer+conda": False}
    assert "flags" in catalog["usage"]["mandatory-flags"]


def test_the_image_is_built_from_the_lock_and_runs_as_nobody_in_particular(repo):
    text = (repo / "envs/Containerfile").read_text()
    joined = re.sub(r"\\\n\s*", " ", text)
    steps = [line.split(maxsplit=1) for line in joined.splitlines() if line and line[0] != "#"]
    kinds = [kind for kind, _ in steps]
    assert set(kinds) <= {"ARG", "FROM", "RUN", "COPY", "USER", "ENV", "WORKDIR"}
    assert kinds[:2] == ["ARG", "FROM"]
    assert dict(steps)["FROM"] == "${BASE}"
    base = dict(steps)["ARG"].partition("=")[2]
    assert re.fullmatch(r"[a-z]+:[\w.-]+", base), "no host of a registry"
    assert any("--require-hashes" in step and "requirements.lock" in step for _, step in steps)
    copied = dict(steps)["COPY"].split()[0]
    assert (repo / "envs" / copied).is_file()
    assert dict(steps)["USER"] != "root"
    assert kinds.index("USER") > max(at for at, kind in enumerate(kinds) if kind == "RUN")


STAND_INS = {
    "conda": """#!/bin/sh
case "$*" in
  "info --json") echo '{"conda_prefix": "/nowhere", "platform": "linux-64"}' ;;
  *--version*) echo "conda 25.3.0" ;;
  *channel_priority*) echo '{"get": {"channel_priority": "strict"}}' ;;
  *) exit 1 ;;
esac
""",
    "apptainer": """#!/bin/sh
[ "$*" = --version ] && echo "apptainer version 1.3.4"
""",
}
"""What Snakemake asks before a dry run; neither program can be had from Debian or PyPI."""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("method", "said"),
    [
        ("conda", r"Conda environment \S+/envs/innervate.yaml will be created"),
        ("apptainer", r"image docker://example.org/innervate:1 will be pulled"),
    ],
)
def test_deployment_methods_are_planned(tmp_path, repo, method, said):
    program = tmp_path / "bin" / method
    program.parent.mkdir()
    program.write_text(STAND_INS[method])
    program.chmod(0o755)
    command = [sys.executable, "-m", "snakemake", "--snakefile", repo / "Snakefile", "--dry-run"]
    command += ["--sdm", method, "--config", "container=docker://example.org/innervate:1"]
    (tmp_path / "config").symlink_to(repo / "config")
    environment = os.environ | {"PATH": f"{program.parent}:{os.environ['PATH']}"}
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=environment)
    text = done.stdout + done.stderr
    assert done.returncode == 0, text
    assert len(re.findall(said, text)) == 1
    assert re.search(r"^report\s+1$", text, re.M)
