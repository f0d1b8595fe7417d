"""Generated files are fresh, the lock names no host, and the conda file pins what the lock pins."""

import re
import subprocess

import jsonschema
import pandas as pd
import pytest
import yaml

from innervate import generate


@pytest.mark.parametrize("path", generate.generated_files(), ids=lambda path: path.name)
def test_generated_file_is_fresh(path):
    assert path.read_text() == generate.generated_files()[path], "run `make generate`"


def test_shipped_config_and_cohorts_follow_their_schemas(repo):
    schemas = generate.schemas()
    files = {"config": [repo / "config/config.yaml", repo / "config/defaults.yaml"]}
    files["cohort"] = [*(repo / "config/cohorts").glob("*.yaml"), *repo.glob("tests/data/*.yaml")]
    files["circuit"] = list((repo / "resources/circuits").glob("*.yaml"))
    for name, paths in files.items():
        assert paths
        for path in paths:
            jsonschema.validate(yaml.safe_load(path.read_text()), schemas[f"{name}.schema.json"])


def test_schema_refuses_a_misspelled_key():
    with pytest.raises(jsonschema.ValidationError, match="cohort_files"):
        jsonschema.validate({"cohort_files": []}, generate.schemas()["config.schema.json"])


def test_conda_pins_equal_the_lock_and_parse(repo):
    from rattler import MatchSpec

    locked = generate.locked_versions((repo / "envs/requirements.lock").read_text())
    specs = yaml.safe_load((repo / "envs/innervate.yaml").read_text())["dependencies"]
    names = {conda: name for name, conda in generate.CONDA_NAMES.items()}
    assert len(specs) > 10
    for spec in specs:
        MatchSpec(spec)
        name, _, version = spec.partition(" =")
        if name != "python":
            assert locked[names.get(name, name)] == version


def test_conda_file_of_each_rule_exists(repo):
    for rules in (repo / "workflow/rules").glob("*.smk"):
        for name in re.findall(r'conda:\n\s+"([^"]+)"', rules.read_text()):
            assert (rules.parent / name).resolve().is_file()


def test_no_registry_host_is_named(repo):
    hosts = r"https?://[a-z0-9.-]*(p[y]pi|pythonhosted|debi[a]n|npmjs)[a-z0-9.-]*/"
    command = ["git", "grep", "-lIE", hosts]
    found = subprocess.run(command, cwd=repo, capture_output=True, text=True)
    assert found.stdout == ""


def test_every_resource_is_listed_with_source_and_license(repo):
    folder = repo / "resources"
    rows = pd.read_csv(folder / "MANIFEST.tsv", sep="\t", dtype=str, keep_default_na=False)
    shipped = {
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and path.name != "MANIFEST.tsv"
    }
    assert set(rows["file"]) == shipped
    assert (rows != "").all(axis=None)
    assert not rows["license"].str.contains("GPL", case=False).any()


def test_conda_files_of_tools_pin_every_package(repo):
    from rattler import MatchSpec

    files = set((repo / "envs").glob("*.yaml")) - {repo / "envs/innervate.yaml"}
    assert {path.stem for path in files} == {"fastp", "salmon", "kb", "multiqc"}
    for path in files:
        for spec in yaml.safe_load(path.read_text())["dependencies"]:
            for one in spec["pip"] if isinstance(spec, dict) else [spec]:
                assert re.fullmatch(r"[\w-]+( =|==)\d+(\.\d+)*", one), f"{path.name}: {one}"
                MatchSpec(one)
