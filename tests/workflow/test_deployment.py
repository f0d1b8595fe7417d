"""What the workflow catalog, snakedeploy and container builds look for, as far as it shows here."""

import re

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
