"""The simulated matrix: same seed same bytes, its traps, and planted effects that can be found."""

import time

import numpy as np
import pandas as pd
import pytest
import yaml

from innervate.config.cohort import Cohort, Simulation
from innervate.simulate import expression, markers
from innervate.simulate.cohort import simulate_cohort, write_cohort

SEED = 20251024


@pytest.fixture(scope="module")
def demo():
    start = time.monotonic()
    made = simulate_cohort(Simulation(patients=60, genes=9000, effect=0.8), SEED)
    print(f"60 patients x 9,000 genes: {time.monotonic() - start:.1f} s")
    assert time.monotonic() - start < 15
    return made


@pytest.fixture(scope="module")
def large():
    return simulate_cohort(Simulation(patients=600, genes=2000, effect=0.5), SEED)


def log_cpm(counts):
    return np.log2(counts / counts.sum() * 1e6 + 0.5)


def trap(cohort, name):
    truth = cohort.truth_samples.set_index("sample")
    (sample,) = truth.index[truth["trap"].eq(name)]
    return sample


def test_same_seed_same_bytes(tmp_path):
    small = Simulation(patients=10, genes=2000)
    for folder, seed in (("one", 7), ("two", 7), ("other", 8)):
        write_cohort(simulate_cohort(small, seed), tmp_path / folder)
    names = ["samples.tsv", "counts.tsv.gz", "clinical.tsv", "truth_samples.tsv"]
    for name in [*names, "truth_effects.tsv"]:
        first = (tmp_path / "one" / name).read_bytes()
        assert first == (tmp_path / "two" / name).read_bytes()
    for name in names:
        assert (tmp_path / "one" / name).read_bytes() != (tmp_path / "other" / name).read_bytes()


def test_number_of_genes_leaves_the_patients_as_they_are():
    one, two = (simulate_cohort(Simulation(patients=10, genes=genes), 7) for genes in (2000, 3000))
    pd.testing.assert_frame_equal(one.clinical, two.clinical)
    pd.testing.assert_frame_equal(one.truth_samples, two.truth_samples)


def test_tables_fit_together_and_the_cohort_file(demo, repo):
    cohort = Cohort.model_validate(yaml.safe_load((repo / "config/cohorts/demo.yaml").read_text()))
    sheet = demo.samples
    assert list(demo.counts.columns) == list(sheet["sample"]) == list(demo.truth_samples["sample"])
    assert demo.counts.shape == (9000, 120)
    assert demo.counts.index.is_unique
    assert (demo.counts.dtypes == np.int64).all()
    assert demo.counts.min().min() == 0
    assert set(sheet["patient"]) == set(demo.clinical["patient"])
    assert sheet.groupby("patient")["tissue"].agg(set).map({"tumor", "tdln"}.__eq__).all()
    assert set(cohort.samples.keep) <= set(sheet.columns)
    declared = [cohort.clinical.patient, *cohort.samples.from_clinical]
    declared += [pain.column for pain in cohort.clinical.pain.values()]
    declared += [assay.column for assay in cohort.clinical.assays.values()]
    declared += [item.column for item in cohort.clinical.covariates.values()]
    for endpoint in cohort.clinical.endpoints.values():
        declared += [endpoint.time, endpoint.status]
        assert set(demo.clinical[endpoint.status]) == {endpoint.event, endpoint.censored}
    assert set(declared) <= set(demo.clinical.columns)
    paired = sheet[sheet["paired_subset"].eq("yes")]
    assert paired["patient"].nunique() == 12
    troubled = demo.truth_samples.loc[demo.truth_samples["trap"].ne(""), "patient"]
    assert not set(paired["patient"]) & set(troubled)


def test_library_sizes_are_log_normal_around_the_scaled_depth(demo):
    sizes = demo.counts.sum().drop(trap(demo, "failed"))
    expected = expression.FULL_DEPTH * np.sqrt(9000 / 20_000)
    assert np.median(sizes) == pytest.approx(expected, rel=0.12)
    assert np.log(sizes).std() == pytest.approx(0.3, abs=0.07)


def test_failed_library_is_far_below_all_others(demo):
    sizes = demo.counts.sum()
    failed = trap(demo, "failed")
    assert sizes[failed] < 200_000 < 2_000_000 < sizes.drop(failed).min()


def test_sex_genes_show_the_declared_sex_but_in_the_swapped_library(demo):
    difference = log_cpm(demo.counts).loc["XIST"] - log_cpm(demo.counts).loc["RPS4Y1"]
    expressed = pd.Series(np.where(difference > 0, "female", "male"), difference.index)
    declared = demo.samples.set_index("sample")["sex"]
    swapped = trap(demo, "swapped")
    assert list(declared.index[expressed != declared]) == [swapped]
    assert swapped.endswith("_tumor")
    assert set(declared) == {"female", "male"}


def test_contaminated_node_has_keratins(demo):
    keratins = log_cpm(demo.counts).loc[["KRT5", "KRT14", "KRT6A", "KRT17"]].mean()
    nodes = keratins[demo.samples.set_index("sample")["tissue"].eq("tdln")]
    contaminated = trap(demo, "contaminated")
    assert nodes.idxmax() == contaminated
    assert nodes[contaminated] - nodes.drop(contaminated).max() > 1


def test_known_genes_rank_as_in_tissue(demo):
    tissue = demo.samples.set_index("sample")["tissue"]
    cpm = (demo.counts / demo.counts.sum() * 1e6).T.groupby(tissue).median().T
    top = cpm["tumor"].nlargest(300).index
    for gene in ("ACTB", "EEF1A1", "MT-CO1", "RPLP0", "KRT14", "COL1A1"):
        assert gene in top
    assert (cpm.loc[["KRT5", "KRT14", "COL1A1", "EPCAM"], "tumor"] > 4).all()
    for gene in ("CD3E", "MS4A1", "CD79A", "CCR7", "HLA-DRA"):
        assert cpm.loc[gene, "tdln"] > 2 * cpm.loc[gene, "tumor"]
    assert (cpm.loc[["CALCA", "CALCB"]] < 0.5).all(axis=None)
    mitochondrial = cpm[cpm.index.str.startswith("MT-")].sum() / 1e6
    assert mitochondrial.between(0.04, 0.3).all()


def test_bulk_slit2_follows_stroma_as_well_as_its_node(large):
    truth = large.truth_samples.set_index("sample")
    tumors = truth[truth["tissue"].eq("tumor") & truth["trap"].eq("")]
    slit2 = log_cpm(large.counts).loc["SLIT2", tumors.index]
    slit3 = log_cpm(large.counts).loc["SLIT3", tumors.index]
    stroma = np.log2(tumors["fraction_fibroblast"])
    found = {
        (gene, what): values.corr(other)
        for gene, values in (("SLIT2", slit2), ("SLIT3", slit3))
        for what, other in (("node", tumors["slit2"]), ("stroma", stroma))
    }
    print({key: round(value, 2) for key, value in found.items()})
    assert found["SLIT2", "node"] > 0.3
    assert found["SLIT2", "stroma"] > 0.2
    assert found["SLIT3", "stroma"] > 0.4
    assert abs(found["SLIT3", "node"]) < 4 / np.sqrt(len(tumors))


def test_regression_recovers_the_planted_effect_of_each_gene(large):
    truth = large.truth_samples.set_index("sample")
    positive = large.clinical.set_index("patient")["hpv"].eq("positive")
    planted = large.truth_effects[large.truth_effects["kind"].eq("gene")]
    expression_table = log_cpm(large.counts)
    rows = []
    for (node, tissue), genes in planted.groupby(["node", "tissue"]):
        known = truth[truth["tissue"].eq(tissue) & truth["trap"].eq("")]
        hpv = positive[known["patient"]].to_numpy(float)
        design = np.column_stack([np.ones(len(known)), known[node], hpv])
        values = expression_table.loc[genes["target"], known.index].T
        slopes = np.linalg.lstsq(design, values, rcond=None)[0][1]
        rows.append(genes.assign(estimated=slopes, level=values.mean().to_numpy()))
    found = pd.concat(rows)
    found["ratio"] = found["estimated"] / found["planted"]
    visible = found[found["planted"].abs() > 0.2]
    # The offset of the logarithm flattens the slopes of genes with only a few counts per million.
    sized = visible[visible["level"] > 2]
    columns = ["planted", "estimated", "ratio"]
    medians = sized.groupby(["node", "tissue"])[columns].median()
    print(medians.round(2).to_string())
    assert set(medians.index) == set(planted.groupby(["node", "tissue"]).groups)
    # Genes of a node share the noise of its cells' abundance, so a node may be off by a tenth or
    # two; and where composition varies the slope is some hundredths below the tangent.
    assert (np.sign(visible["estimated"]) == np.sign(visible["planted"])).all()
    deviation = (sized["estimated"] - sized["planted"]).abs()
    # The largest of a hundred deviations hangs on the draw of genes; nearly all must be small.
    assert deviation.median() < 0.06
    assert deviation.quantile(0.95) < 0.15
    assert medians["ratio"].between(0.8, 1.2).all()
    assert sized["ratio"].median() == pytest.approx(1, abs=0.1)
    assert sized["planted"].corr(sized["estimated"]) > 0.95


def test_genes_follow_their_node_even_where_no_edge_is_planted():
    null = simulate_cohort(Simulation(patients=60, genes=2000, effect=0.0), SEED)
    kinds = null.truth_effects.groupby("kind")["planted"].agg(lambda sizes: sizes.abs().max())
    assert kinds["gene"] > 0.5
    assert (kinds[["edge", "pain", "log_hazard"]] == 0).all()


@pytest.mark.parametrize("tissue", markers.FRACTIONS)
def test_typical_fractions_sum_to_one(tissue):
    assert sum(markers.FRACTIONS[tissue]) == pytest.approx(1)
    assert len(markers.FRACTIONS[tissue]) == len(markers.COMPARTMENTS)


def test_smallest_cohort_of_the_config_has_all_traps():
    small = simulate_cohort(Simulation(patients=8, genes=2000), SEED)
    assert sorted(small.truth_samples["trap"].unique()) == ["", "contaminated", "failed", "swapped"]
