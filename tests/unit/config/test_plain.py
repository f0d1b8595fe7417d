"""YAML of users: a code reaches the models as it was written, and numbers are still numbers."""

import re
from pathlib import Path

import pytest
import yaml
from documents import documents

from innervate.config.circuit import Circuit, Edge
from innervate.config.clinical import ClinicalTable, Endpoint, Response
from innervate.config.cohort import Cohort, Samples
from innervate.config.contrast import Contrast
from innervate.config.load import load_run, merge, read_yaml, validate
from innervate.config.plain import load_yaml
from innervate.config.settings import Config, Settings
from innervate.generate import ROOT
from innervate.runtime.errors import InputError

TEXT = """
On on ON off yes Yes no No NO y n true True TRUE false T F 1 0 -1 007 001 1.0 1.50 1e5 1E5 1.0e+6 .5
+1 0x1A 0o17 1_000 12:30 1:01:01 2024-01-31 NA N/A nan NaN .nan .inf None NULL Null =
99999999999999999999 1.2.3 3+3 <5 P01
"""
"""Codes of sheets that one YAML or another takes for something else than text."""


def contrast_of(block: str) -> Contrast:
    rest = "formula: ~ x\nvariable: x\nnumerator: a\ndenominator: b\n"
    return Contrast.model_validate(load_yaml(rest + block))


@pytest.mark.parametrize("code", TEXT.split())
def test_a_code_is_the_text_of_the_sheet(code):
    assert contrast_of(f"subset: {{visit: [{code}, 'x']}}").subset["visit"][0] == code
    assert contrast_of(f"reference:\n  visit: {code}").reference["visit"] == code
    values = Samples.model_validate(load_yaml(f"table: t\nvalues: {{tissue: {{{code}: tumor}}}}"))
    assert values.values["tissue"] == {code: "tumor"}
    response = Response.model_validate(load_yaml(f"column: c\nlevels: [{code}, better]"))
    assert response.levels == [code, "better"]
    text = f"time: t\nstatus: s\nevent: {code}\ncensored: else\nunit: days"
    assert str(Endpoint.model_validate(load_yaml(text)).event) == code


@pytest.mark.parametrize("key", ["on", "no", "y", "n", "yes", "1", "2024-01-31", "1.0"])
def test_a_column_may_be_called_so(key):
    block = load_yaml(f"table: t\nwhere: {{{key}: [a]}}\ndictionary:\n  {key}: {{meaning: m}}\n")
    table = ClinicalTable.model_validate(block)
    assert list(table.where) == list(table.dictionary) == [key]


def test_nothing_is_an_empty_value_a_tilde_and_null():
    assert load_yaml("a:\nb: ~\nc: null\nd: ''\ne: NULL") == {
        "a": None, "b": None, "c": None, "d": "", "e": "NULL",
    }  # fmt: skip


@pytest.mark.parametrize("word", ["yes", "on", "true", "True", "TRUE"])
def test_true_or_false_where_a_key_asks_for_it(word):
    settings = load_yaml(f"cell_qc: {{drop_doublets: {word}}}")
    assert Settings.model_validate(settings).cell_qc.drop_doublets is True
    no = {"yes": "no", "on": "off"}.get(word, "False")
    assert contrast_of(f"enrichment: {no}").enrichment is False


def test_numbers_where_a_key_asks_for_them():
    block = "bulk_qc: {min_counts: 1_000, max_mito_fraction: .25, robust_z: 4}\nscoring:\n"
    settings = Settings.model_validate(load_yaml(f"{block}  random_sets: 200\n"))
    qc = settings.bulk_qc
    assert (qc.min_counts, qc.max_mito_fraction, qc.robust_z) == (1000, 0.25, 4.0)
    assert settings.scoring.random_sets == 200
    edge = {"source": "a", "target": "b"}
    for sign, meant in (("+1", 1), ("1", 1), ("-1", -1)):
        assert Edge.model_validate({**edge, **load_yaml(f"sign: {sign}")}).sign == meant
    with pytest.raises(ValueError, match="sign"):
        Edge.model_validate({**edge, "sign": 2})


def test_a_word_is_no_number_and_no_truth():
    _, problems = validate(Settings, load_yaml("bulk_qc: {min_counts: many}"), "f.yaml")
    assert [problem.found for problem in problems] == ["'many'"]
    _, problems = validate(Settings, load_yaml("cell_qc: {drop_doublets: maybe}"), "f.yaml")
    assert len(problems) == 1


def test_what_snakemake_took_for_a_truth_says_to_quote_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=r"circuit(?s:.)*found +True(?s:.)*put it in quotes"):
        load_run({"cohorts": ["x.yaml"], "circuit": yaml.safe_load("on")})


def test_broken_text_is_a_problem(tmp_path):
    path = tmp_path / "x.yaml"
    path.write_bytes(b"title: caf\xe9\n")
    assert "UTF-8" in str(read_yaml(path)[1][0])


def readme_blocks(repo) -> list[str]:
    return blocks_of(repo / "config/README.md")


def blocks_of(path: Path) -> list[str]:
    text = path.read_text(encoding="utf-8")
    return re.findall(r"^```yaml\n(.*?)^```", text, re.M | re.S)


BLOCKS = [
    pytest.param(block, id=f"{path.relative_to(ROOT)}-{number}")
    for path in documents(ROOT)
    for number, block in enumerate(blocks_of(path), start=1)
]


def test_examples_are_found_in_several_documents():
    assert len({block.id.rpartition("-")[0] for block in BLOCKS}) > 5


@pytest.mark.parametrize("block", BLOCKS)
def test_every_example_of_a_document_is_loaded_as_a_user_would(block, tmp_path):
    """A circuit's part is laid upon the shipped one, a cohort's upon the least that one needs."""
    path = tmp_path / "example.yaml"
    path.write_text(block)
    data, problems = read_yaml(path)
    assert not problems
    if {"plan", "cohorts", "circuit"} & set(data):
        # Snakemake reads the config, with another idea of what a bare word is.
        data = yaml.safe_load(block)
        _, problems = validate(Config, {"cohorts": ["x.yaml"], **data}, "config.yaml")
    elif {"nodes", "edges", "outcomes", "evidence"} & set(data):
        shipped, _ = read_yaml(ROOT / "resources/circuits/neuroimmune.yaml")
        edges = [*shipped["edges"], *data.pop("edges", [])]
        _, problems = validate(Circuit, merge({**shipped, "edges": edges}, data), "circuit.yaml")
    else:
        base = {"title": "t", "species": "human", "samples": {"table": "t.tsv"}}
        if "clinical" in data:
            base["clinical"] = {"table": "c.tsv"}
        _, problems = validate(Cohort, merge(base, data), "cohort.yaml")
    assert not problems, f"{block}\n{problems}"


def test_levels_of_the_first_example(repo):
    contrast = load_yaml(readme_blocks(repo)[0])["bulk"]["contrasts"]["response_on_treatment"]
    assert contrast["subset"] == {"timepoint": ["On"], "response": ["R", "PD"]}


@pytest.mark.parametrize(
    "text",
    ["a: 1\nb: 2\na: 3", "contrasts: {x: 1, y: 2, x: 3}", "on: 1\non: 2", "a: {1: x, '1': y}",
     "x: &b {k: 1}\na:\n  <<: *b\n  k: 2\n  k: 3"],
)  # fmt: skip
def test_key_that_stands_twice_is_refused(text):
    with pytest.raises(yaml.YAMLError, match="stands twice"):
        load_yaml(text)


def test_merged_keys_may_be_overridden_at_any_depth():
    text = "a: &a {x: 1}\nb: &b {<<: *a, x: 2}\nc: {<<: *b, x: 3}\nd: [*b, *b]"
    found = load_yaml(text)
    assert found == {"a": {"x": 1}, "b": {"x": 2}, "c": {"x": 3}, "d": [{"x": 2}, {"x": 2}]}
