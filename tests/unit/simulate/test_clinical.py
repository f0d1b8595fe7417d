"""Clinical data: codes, missing values, and the hazard that was planted."""

import numpy as np
import pytest

from innervate.simulate import circuit, clinical

PATIENTS = 3000


def draw(effect, patients=PATIENTS):
    rng = np.random.default_rng(3)
    known = clinical.draw_patients(patients, rng)
    latents = circuit.draw_latents(patients, effect, rng)
    return known, latents, clinical.draw_clinical(known, latents, effect, rng)


@pytest.mark.parametrize("effect", [0.0, 0.8])
@pytest.mark.parametrize("endpoint", ["pfs", "os"])
def test_cox_finds_the_planted_log_hazard(effect, endpoint):
    from lifelines import CoxPHFitter

    known, latents, table = draw(effect)
    data = table[[f"{endpoint}_days", f"{endpoint}_event"]].assign(
        node=latents[circuit.PROGRESSION],
        hpv=known["hpv"].eq("positive").astype(float),
        stage=known["stage"].map({"I": 0, "II": 1, "III": 2, "IV": 3}),
    )
    fit = CoxPHFitter().fit(data, f"{endpoint}_days", f"{endpoint}_event").params_
    print(f"{endpoint}: planted {effect:+.2f}, estimated {fit['node']:+.3f}")
    # The standard error is about 1 / sqrt(events), here 0.03.
    assert fit["node"] == pytest.approx(effect, abs=0.1)
    assert fit["hpv"] == pytest.approx(clinical.HPV_LOG_HAZARD, abs=0.2)
    assert fit["stage"] == pytest.approx(clinical.STAGE_LOG_HAZARD, abs=0.1)


def test_nobody_progresses_after_death():
    _, _, table = draw(0.8)
    assert (table["pfs_days"] <= table["os_days"]).all()
    assert (table["pfs_event"] >= table["os_event"]).all()
    assert set(table["pfs_event"]) == {0, 1}
    assert (table["pfs_days"] >= 1).all()


def test_pain_is_a_whole_number_from_0_to_10_and_its_group_follows():
    _, latents, table = draw(0.8)
    pain = table["pain_nrs"].dropna()
    assert pain.min() == 0
    assert pain.max() == 10
    assert table["pain_group"].isna().equals(table["pain_nrs"].isna())
    assert table.loc[table["pain_group"].eq("low"), "pain_nrs"].max() == clinical.HIGH_PAIN - 1
    assert table.loc[table["pain_group"].eq("high"), "pain_nrs"].min() == clinical.HIGH_PAIN
    # Coarse and noisy, but it is the latent pain.
    assert pain.astype(float).corr(latents["pain"][pain.index], "spearman") > 0.9


def test_hpv_positive_patients_have_less_pain_whatever_the_circuit():
    known, _, table = draw(0.0)
    mean = table["pain_nrs"].astype(float).groupby(known["hpv"]).mean()
    # 0.6 SD of 2.2 points, a little less for the floor at 0.
    assert mean["negative"] - mean["positive"] == pytest.approx(1.2, abs=0.25)


def test_values_are_missing_as_declared():
    known, _, table = draw(0.5)
    for column, share in clinical.MISSING.items():
        assert table[column].isna().mean() == pytest.approx(share, abs=0.025)
    assert not known.isna().any(axis=None)
    assert not table[["patient", "age", "sex", "pfs_days", "os_event"]].isna().any(axis=None)


def test_responders_have_less_of_the_node_that_drives_progression():
    _, latents, table = draw(0.8)
    mean = latents[circuit.PROGRESSION].groupby(table["icb_response"]).mean()
    assert mean["CR"] < mean["PR"] < mean["SD"] < mean["PD"]
    assert table["icb_response"].isna().mean() == pytest.approx(0.45, abs=0.05)
