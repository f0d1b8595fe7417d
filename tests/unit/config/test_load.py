"""Config and cohort files: every problem at once, nothing evaluated."""

import pytest
import yaml

from innervate.config.clinical import Endpoint
from innervate.config.cohort import Cohort, Matrix
from innervate.config.contrast import Contrast
from innervate.config.load import load_run, merge, read_yaml
from innervate.runtime.errors import InputError

COHORT = {"title": "A cohort", "species": "human", "samples": {"table": "samples.tsv"}}


@pytest.fixture
def cohort_files(tmp_path, monkeypatch):
    """Write cohort files into a working directory and return their paths."""
    monkeypatch.chdir(tmp_path)

    def write(**cohorts):
        paths = []
        for name, data in cohorts.items():
            (tmp_path / f"{name}.yaml").write_text(yaml.safe_dump(data))
            paths.append(f"{name}.yaml")
        return paths

    return write


def test_problems_of_all_cohorts_are_listed_together(cohort_files):
    paths = cohort_files(
        one={**COHORT, "species": "rat", "sample": {}}, two={**COHORT, "samples": {}}
    )
    with pytest.raises(InputError) as caught:
        load_run({"cohorts": [*paths, "missing.yaml"]})
    message = str(caught.value)
    assert message.startswith("4 problems in the input:")
    for part in (
        "one.yaml: species",
        "one.yaml: sample",
        "two.yaml: samples.table",
        "missing.yaml",
    ):
        assert part in message


def test_a_cohort_overrides_settings_for_itself_alone(cohort_files):
    paths = cohort_files(one={**COHORT, "settings": {"bulk_qc": {"min_genes": 7}}}, two=COHORT)
    run = load_run({"cohorts": paths, "bulk_qc": {"min_counts": 5, "min_genes": 9}})
    assert run.settings["one"].bulk_qc.min_genes == 7
    assert run.settings["one"].bulk_qc.min_counts == 5
    assert run.settings["two"].bulk_qc.min_genes == 9


def test_an_override_that_is_not_a_setting_is_named(cohort_files):
    paths = cohort_files(one={**COHORT, "settings": {"bulk_qc": {"min_gene": 7}}})
    with pytest.raises(InputError, match=r"one.yaml: settings: bulk_qc.min_gene"):
        load_run({"cohorts": paths})


def test_two_cohorts_of_one_name_are_refused(cohort_files, tmp_path):
    paths = cohort_files(one=COHORT)
    (tmp_path / "other").mkdir()
    (tmp_path / "other/one.yaml").write_text(yaml.safe_dump(COHORT))
    with pytest.raises(InputError, match="two files named one"):
        load_run({"cohorts": [*paths, "other/one.yaml"]})


@pytest.mark.parametrize("name", ["..", "a b", "1st", "x/../y"])
def test_a_cohort_name_cannot_be_a_path(cohort_files, name, tmp_path):
    with pytest.raises(InputError):
        load_run({"cohorts": [f"{name}.yaml"]})


@pytest.mark.parametrize(
    "formula",
    ["~ __import__('os').system('true')", "~ np.log(age)", "~ I(age**2)", "tissue", "~ a - 1", "~"],
)
def test_a_formula_is_names_and_signs_only(formula):
    with pytest.raises(ValueError, match="formula"):
        Contrast(formula=formula, variable="a", numerator="x", denominator="y")


def test_terms_of_a_formula_in_order():
    contrast = Contrast(
        formula="~ patient + tissue * response", interaction={"tissue": "tumor", "response": "R"}
    )
    assert contrast.terms == ["patient", "tissue", "response"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"variable": None}, "either `variable` or `interaction`"),
        ({"variable": "age"}, "does not stand in the formula"),
        ({"numerator": None}, "needs `numerator` and `denominator`"),
        ({"continuous": ["tissue"]}, "has no numerator"),
    ],
)
def test_an_unclear_question_is_refused(changes, message):
    good = {"formula": "~ tissue", "variable": "tissue", "numerator": "a", "denominator": "b"}
    Contrast.model_validate(good)
    with pytest.raises(ValueError, match=message):
        Contrast.model_validate({**good, **changes})


def test_event_coding_must_be_declared():
    with pytest.raises(ValueError, match="event"):
        Endpoint.model_validate({"time": "OS", "status": "dead", "unit": "days"})
    with pytest.raises(ValueError, match="same code"):
        Endpoint(time="OS", status="dead", event=1, censored="1", unit="days")


def test_formats_say_which_files_they_need():
    with pytest.raises(ValueError, match="folder"):
        Matrix(format="star")
    with pytest.raises(ValueError, match="tx2gene"):
        Matrix(format="salmon", folder="quant", file_column="file")
    with pytest.raises(ValueError, match="`path`"):
        Matrix()


def test_yaml_cannot_make_objects(tmp_path):
    path = tmp_path / "evil.yaml"
    path.write_text("!!python/object/apply:os.system ['true']")
    data, problems = read_yaml(path)
    assert data is None
    assert "valid YAML" in str(problems[0])


def test_merge_keeps_what_is_not_overridden():
    assert merge({"a": {"b": 1, "c": [1, 2]}}, {"a": {"c": [3]}}) == {"a": {"b": 1, "c": [3]}}


def test_every_key_is_documented():
    from innervate.config import cohort, settings

    undocumented = [
        f"{model.__name__}.{name}"
        for module in (cohort, settings)
        for model in vars(module).values()
        if isinstance(model, type) and hasattr(model, "model_fields") and model is not Cohort
        for name, field in model.model_fields.items()
        if not field.description
        and not hasattr(field.annotation, "model_fields")
        and name not in ("column", "format")
    ]
    assert undocumented == []
