"""No config key accepts a word that the code never says, and none lacks one that it says."""

from typing import get_args, get_type_hints

import numpy as np
import pandas as pd
import pytest

from innervate.bulk.qc import _reasons
from innervate.clinical.survival import GROUPS
from innervate.config.clinical import ClinicalTable, Endpoint, Pain, Repeats
from innervate.config.settings import BulkQC, Clinical, QCFlag
from innervate.config.trials import Trial
from innervate.inputs.clinical.pain import Instrument, instruments
from innervate.inputs.clinical.reader import DAYS
from innervate.macrophages import cell_polarization
from innervate.macrophages.polarization import CALLS
from innervate.report.figures import macrophages, polarization
from innervate.runtime.files import RESOURCES
from innervate.trials.actionability import AGAINST, UNIT_PER_MONTH, read_agents
from innervate.trials.eligibility import EFFECTS, EXAMPLE, trial_endpoints


def words(model, field):
    return set(get_args(model.model_fields[field].annotation))


def test_every_flag_that_may_drop_a_sample_is_raised():
    bad = dict.fromkeys(
        ("mito_fraction", "ribo_fraction", "hemoglobin_fraction", "top_genes_fraction"), 1.0
    )
    bad |= {"n_counts": 1, "n_genes": 1, "epithelial_in_tdln": 9.0, "median_correlation": 0.0}
    bad |= {"library_size_z": 99.0, "pca_distance_z": 99.0, "female_cpm": 9.0, "male_cpm": 0.0}
    bad |= {"declared_sex": "male", "expressed_sex": "female"}
    # The one that a sample does not have alone: its patient's samples differ in sex.
    assert {*_reasons(bad, BulkQC()), "patient_sex_conflict"} == set(get_args(QCFlag))


@pytest.mark.parametrize("column", ["direction", "measures"])
def test_instruments_say_what_their_readers_ask(column):
    said = {getattr(one, column) for one in instruments().values()}
    assert said == set(get_args(get_type_hints(Instrument)[column]))
    if column == "direction":
        assert said == words(Pain, column)


def test_every_unit_of_time_is_known_to_what_counts_with_it():
    assert words(Endpoint, "unit") == set(DAYS) == set(UNIT_PER_MONTH)
    assert words(Repeats, "unit") <= set(DAYS)


def test_every_cut_of_survival_curves_has_its_groups():
    assert words(Clinical, "cut") == set(GROUPS)


def test_every_kind_of_endpoint_has_an_effect_that_a_trial_can_declare():
    clinical = ClinicalTable.model_validate({
        "table": "t",
        "pain": {"nrs": {"column": "p", "instrument": "NRS", "direction": "higher_worse"}},
        "endpoints": {"os": {"time": "t", "status": "s", "event": 1, "censored": 0,
                             "unit": "months"}},
        "response": {"icb": {"column": "r", "levels": ["PD", "PR"], "responders": ["PR"]}},
    })  # fmt: skip
    kinds = trial_endpoints(clinical)
    assert set(kinds.values()) == set(EFFECTS)
    for endpoint, kind in kinds.items():
        effect = {EFFECTS[kind]: EXAMPLE[EFFECTS[kind]]}
        where = [{"score": "x", "above": 0}]
        trial = {"agents_for": "x", "where": where, "endpoint": endpoint, **effect}
        assert Trial.model_validate(trial).effects() == effect


def test_the_tables_that_ship_say_only_what_is_asked_of_them():
    assert AGAINST in set(read_agents()["effect"]) <= {AGAINST, "with"}
    known = pd.read_csv(RESOURCES / "clinical/baselines.tsv", sep="\t", dtype=str)
    assert set(known["higher_means"]) <= {"response", "no response"}


def test_figures_color_every_call_and_no_other():
    assert set(polarization.CALLS) == {*CALLS.values(), "not measurable"}
    # Of cells: all three states, and none.
    found = pd.DataFrame({"p_m1": [0.9, 0.1, 0.4, np.nan], "p_m2": [0.0, 0.9, 0.4, np.nan]})
    assert set(macrophages.CALLS) == set(cell_polarization._calls(found, 0.8))
