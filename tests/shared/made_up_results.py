"""A small made-up results folder that keeps the data contracts, with hostile names in it."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from innervate.bulk.contracts import BULK_QC, DE, GSEA, PCA
from innervate.circuit.contracts import CHAIN, EDGE_CONTROLS, EDGES, HYPOTHESES, PATH_FIT, PATIENTS
from innervate.clinical.contracts import (
    ASSOCIATIONS,
    IMPUTED,
    JOINED,
    MISSING,
    SURVIVAL,
    SURVIVAL_CURVES,
    SURVIVAL_MODELS,
)
from innervate.config.circuit import Circuit
from innervate.config.cohort import Cohort
from innervate.config.settings import Settings
from innervate.inputs.clinical.contracts import PAIN_OVER_TIME
from innervate.inputs.contracts import GENES, SAMPLES
from innervate.macrophages.contracts import POLARIZATION
from innervate.prediction.contracts import BIOMARKERS
from innervate.report.data import load_results
from innervate.report.html import render
from innervate.runtime.contract import EXCLUSIONS
from innervate.runtime.files import write_table
from innervate.scoring.contracts import AGREEMENT, NODES, SCORES

HOSTILE = "<script>alert('x')</script> \"q\" & $\\alpha$ $_"
SECRET_PAIN = 7.654321
CIRCUIT_NODES = ("atf4", "slit2", "nociceptor", "cgrp", "t_effector", "ccl5", "macrophage")
CONTROLS = ("hypoxia", "proliferation")


def made_up_circuit() -> Circuit:
    """Return a circuit of seven nodes and two controls."""
    labels = {"atf4": "ATF4 activity", "cgrp": "CGRP in the lymph node"}
    lymph_node = ("cgrp", "t_effector", "ccl5")

    def node(name):
        return {
            "label": labels.get(name, name), "toward": 1,
            "measures": [{"kind": "gene", "gene": "X"}],
            "tissue": "tdln" if name in lymph_node else "tumor",
        }  # fmt: skip

    return Circuit.model_validate({
        "title": "Made-up circuit", "doi": "10.0/made-up",
        "nodes": {name: node(name) for name in CIRCUIT_NODES},
        "controls": {name: node(name) for name in CONTROLS},
        "edges": [{"source": "atf4", "target": "slit2", "sign": 1},
                  {"source": "slit2", "target": "cgrp", "sign": -1}],
        "evidence": {"composition": ["hypoxia"],
                     "supported": {"direction": "expected", "fdr_below": 0.05},
                     "contradicted": {"direction": "opposite", "fdr_below": 0.05}},
        "call": {"minimum_nodes": 3, "active_above": 0.0, "inactive_below": 0.0},
    })  # fmt: skip


@dataclass
class Fake:
    """A results folder and what was asked of it."""

    folder: Path
    cohort: Cohort
    settings: Settings
    hostile: str = HOSTILE
    secret_pain: float = SECRET_PAIN

    def html(self, processes: int = 1) -> str:
        results, circuit = load_results(self.folder), made_up_circuit()
        return render(results, self.cohort, self.settings, circuit, processes)


def write_results(
    folder: Path, patients: int = 12, genes: int = 60, contrasts: tuple[str, ...] = ("site",),
    hostile: bool = True,
) -> Fake:  # fmt: skip
    """Write every table of the contract under `folder`."""
    rng = np.random.default_rng(7)
    codes = [f"P{i:03d}" for i in range(patients)]
    if hostile:
        codes[1] = HOSTILE
    samples = pd.DataFrame(
        [
            {"sample": f"{code}_{tissue}", "patient": code, "assay": "bulk", "tissue": tissue,
             "timepoint": "baseline", "batch": "b1"}
            for code in codes for tissue in ("tumor", "tdln")
        ]
    )  # fmt: skip
    write_table(samples, folder / "inputs/samples.tsv", SAMPLES)
    symbols = [f"GENE{i}" for i in range(genes)]
    if hostile:
        symbols[0] = HOSTILE
    status = ["kept"] * (genes - 6) + ["renamed"] * 3 + ["merged"] * 2 + ["dropped"]
    frame = pd.DataFrame({"gene_id": "", "symbol": symbols, "status": status})
    write_table(frame, folder / "inputs/genes.tsv", GENES)
    _bulk(folder, samples, symbols, contrasts, rng, hostile)
    _circuit(folder, samples, codes, rng)
    _clinical(folder, codes, rng, hostile)
    rows = [
        ("gene", "GENE7", "matrix", "no approved symbol"),
        ("gene", "GENE8", "matrix", "no approved symbol"),
        ("sample", samples["sample"].iloc[0], "qc", "low_counts"),
        ("patient", codes[2], "clinical", HOSTILE if hostile else "pain is missing"),
    ]
    frame = pd.DataFrame(rows, columns=["level", "id", "stage", "reason"])
    write_table(frame, folder / "exclusions.tsv", EXCLUSIONS)
    (folder / "provenance").mkdir()
    run = {
        "seed": 20251024, "commit": "0" * 40, "cohort": {}, "settings": {},
        "versions": {"innervate": "0.1.0", "python": "3.11.2", "pydeseq2": "0.5.9"},
        "inputs": {"data/counts.tsv.gz": "a" * 64},
    }  # fmt: skip
    (folder / "provenance/run.json").write_text(json.dumps(run), encoding="utf-8")
    return Fake(folder, _cohort(contrasts, hostile), Settings())


def _bulk(folder, samples, symbols, contrasts, rng, hostile):
    n = len(samples)
    qc = samples[["sample"]].assign(
        n_counts=rng.lognormal(16, 0.4, n).round(), n_genes=rng.normal(14000, 800, n).round(),
        mito_fraction=rng.beta(5, 60, n), ribo_fraction=rng.beta(6, 60, n),
        expressed_sex="female", declared_sex="female",
        epithelial_in_tdln=np.where(samples["tissue"] == "tdln", rng.beta(2, 20, n), np.nan),
        flags="", keep=True,
    )  # fmt: skip
    qc.loc[0, ["n_counts", "flags", "keep"]] = [2e5, "low_counts", False]
    qc.loc[3, ["flags", "expressed_sex"]] = ["sex_mismatch;outlier_pca", "male"]
    write_table(qc, folder / "bulk/qc.tsv", BULK_QC)
    pca = samples[["sample", "tissue"]].assign(
        pc1=rng.normal(0, 9, n) + 20 * (samples["tissue"] == "tumor"), pc2=rng.normal(0, 7, n),
        pc3=rng.normal(0, 5, n), pc4=rng.normal(0, 4, n),
        pc1_variance=0.31, pc2_variance=0.12, pc3_variance=0.06, pc4_variance=0.04,
    )  # fmt: skip
    write_table(pca, folder / "bulk/pca.tsv", PCA)
    for name in contrasts:
        effect = rng.normal(0, 1, len(symbols)) * (rng.random(len(symbols)) < 0.3)
        stat = effect * 4 + rng.normal(0, 1, len(symbols))
        p = np.exp(-0.717 * np.abs(stat) - 0.416 * stat**2)
        de = pd.DataFrame({"gene": symbols, "base_mean": rng.lognormal(5, 2, len(symbols))})
        de = de.assign(
            log2_fold_change=stat / 3, lfc_se=0.33, log2_fold_change_shrunk=effect, stat=stat,
            pvalue=p, padj=np.minimum(1, p * 5),
        )  # fmt: skip
        de.loc[5, ["pvalue", "padj"]] = np.nan
        write_table(de, folder / f"bulk/de/{name}.tsv", DE)
        sets = [HOSTILE if hostile else "SET", *(f"HALLMARK_{i}" for i in range(20))]
        gsea = pd.DataFrame({"set": sets, "size": 30, "es": 0.4, "nes": rng.normal(0, 1.5, 21)})
        gsea = gsea.assign(
            pvalue=np.linspace(0.001, 1, 21), fdr=np.linspace(0.01, 1, 21),
            leading_edge=";".join(symbols[1:12]), collection="circuit",
        )  # fmt: skip
        write_table(gsea, folder / f"bulk/gsea/{name}.tsv", GSEA)


def _circuit(folder, samples, codes, rng):
    rows, nodes = [], []
    for node in (*CIRCUIT_NODES, *CONTROLS):
        tissue = "tdln" if node in ("cgrp", "t_effector", "ccl5") else "tumor"
        measured = node != "cgrp"
        nodes.append(
            (node, tissue, "gene_set", "measured" if measured else "not measurable",
             "" if measured else "2 of 9 genes found, fewer than half", 9 if measured else 2, 9)
        )  # fmt: skip
        for row in samples[samples["tissue"] == tissue].itertuples():
            z = rng.normal() if measured else np.nan
            rows.append((node, row.sample, row.patient, tissue, "bulk", "mean_z", z, z, 9, 9, True))
    columns = ["node", "sample", "patient", "tissue", "compartment", "method", "score", "z",
               "genes_found", "genes_total", "primary"]  # fmt: skip
    write_table(pd.DataFrame(rows, columns=columns), folder / "circuit/scores.tsv", SCORES)
    columns = ["node", "tissue", "measure", "status", "reason", "genes_found", "genes_total"]
    nodes = pd.DataFrame(nodes, columns=columns)
    nodes = nodes.assign(label=nodes["node"], control=nodes["node"].isin(CONTROLS))
    write_table(nodes, folder / "circuit/nodes.tsv", NODES)
    agreement = pd.DataFrame({"node": ["atf4"], "method": ["mean_z"], "other_method": ["ulm"],
                              "n": [len(codes)], "spearman": [0.61]})  # fmt: skip
    write_table(agreement, folder / "circuit/agreement.tsv", AGREEMENT)
    index = rng.normal(0, 0.6, len(codes))
    calls = np.select([index - 0.5 > 0, index + 0.5 < 0], ["active", "inactive"], "uncertain")
    patients = pd.DataFrame({
        "patient": codes, "circuit_index": index, "circuit_index_low": index - 0.5,
        "circuit_index_high": index + 0.5, "call": calls, "nodes_measured": "atf4;slit2",
        **{name: rng.normal(0, 1, len(codes)) for name in (*CIRCUIT_NODES, *CONTROLS)},
        "cgrp": np.nan,
    })  # fmt: skip
    write_table(patients, folder / "circuit/patients.tsv", PATIENTS)
    tumors = samples[samples["tissue"] == "tumor"]
    m1, m2 = rng.normal(0, 1, (2, len(tumors)))
    calls = np.select([m1 > 0.5, m2 > 0.5], ["M1-like", "M2-like"], "low")
    polarization = tumors[["sample", "patient", "assay"]].assign(
        m1=m1, m2=m2, polarity=m2 - m1, spp1_cxcl9=m2, fraction_m2=np.nan, fraction_m2_low=np.nan,
        fraction_m2_high=np.nan, n_macrophages=pd.NA, call=calls, reason="",
    )  # fmt: skip
    write_table(polarization, folder / "circuit/polarization.tsv", POLARIZATION)
    _evidence(folder)


def _evidence(folder):
    edges = pd.DataFrame({
        "source": ["atf4", "slit2"], "target": ["slit2", "cgrp"], "expected_sign": [1, -1],
        "n": [12, 0], "estimate": [0.5123, np.nan], "se": [0.2, np.nan],
        "ci_low": [0.1, np.nan], "ci_high": [0.8, np.nan], "pvalue": [0.01, np.nan],
        "fdr": [0.01, np.nan], "specificity": [0.97, np.nan], "consistent": [True, pd.NA],
        "status": ["supported", "not measurable"], "estimate_type": ["partial_spearman", ""],
        "explained_by": "", "covariates": [HOSTILE, ""], "covariates_dropped": "",
        "unadjusted_for": "", "note": ["", "cgrp: no genes"],
    })  # fmt: skip
    write_table(edges, folder / "circuit/edges.tsv", EDGES)
    controls = pd.DataFrame({
        "source": ["atf4"], "target": ["slit2"], "control": ["hypoxia"], "n": [12],
        "estimate_without": [0.51], "estimate": [0.2], "share_left": [0.39], "explained": [True],
        "note": "",
    })  # fmt: skip
    write_table(controls, folder / "circuit/edge_controls.tsv", EDGE_CONTROLS)
    chain = pd.DataFrame({
        "path": ["atf4 > slit2 > cgrp"], "n": [12], "expected_sign": [-1], "indirect": [-0.2],
        "ci_low": [-0.4], "ci_high": [-0.05], "direct": [0.1], "total": [-0.1], "pvalue": [0.03],
        "fdr": [0.03], "consistent": [True], "links": ["0.5;-0.4"], "covariates": "",
        "unadjusted_for": "", "note": "",
    })  # fmt: skip
    write_table(chain, folder / "circuit/chain.tsv", CHAIN)
    fit = dict.fromkeys(("degrees_of_freedom", "chi2", "pvalue", "cfi", "tli", "rmsea"), np.nan)
    fit = pd.DataFrame([{"n": 12, "parameters": 9, **fit, "note": "12 patients, 45 needed"}])
    write_table(fit, folder / "circuit/path_fit.tsv", PATH_FIT)
    rivals = pd.DataFrame({
        "hypothesis": ["declared", "unconnected"], "n": 12, "parameters": [9, 6],
        "log_likelihood": [-40.0, -50.0], "bic": [102.0, 115.0], "delta_bic": [0.0, 13.0],
        "weight": [0.998, 0.002], "equivalent_to": "", "note": "",
    })  # fmt: skip
    write_table(rivals, folder / "circuit/hypotheses.tsv", HYPOTHESES)


def _clinical(folder, codes, rng, hostile):
    count = len(codes)
    joined = pd.DataFrame({
        "patient": codes, "pain_worst": SECRET_PAIN, "pain_worst_0_10": SECRET_PAIN,
        "pain_worst_category": "moderate", "pain_worst_worsening": 1.0,
        "opioids": np.where(np.arange(count) % 3 == 0, 3.4, 0.0), "os_time": 1234.567,
        "circuit_index": np.linspace(-1, 1, count),
    })  # fmt: skip
    write_table(joined, folder / "clinical/joined.tsv", JOINED)
    visits = [
        (code, "worst", float(day), SECRET_PAIN + day / 60, day / 60)
        for code in codes for day in (0, 30, 60)
    ]  # fmt: skip
    frame = pd.DataFrame(visits, columns=["patient", "pain", "days", "value_0_10", "change"])
    write_table(frame, folder / "clinical/pain_over_time.tsv", PAIN_OVER_TIME)
    rows = []
    for endpoint, kind, events in (
        (HOSTILE if hostile else "pain", "spearman_rho", pd.NA),
        ("overall_survival", "hazard_ratio_per_sd", 8),
    ):
        for node in (*CIRCUIT_NODES, "circuit_index"):
            value = rng.normal(0, 0.3)
            p = rng.random()
            low, high = value - 0.3, value + 0.3
            if kind != "spearman_rho":
                low, value, high = np.exp([low, value, high])
            rows.append((node, endpoint, "unadjusted", len(codes), events, value, kind, low, high,
                         p, min(1, 2 * p), "", ""))  # fmt: skip
    rows.append(("cgrp", "overall_survival", "adjusted", 3, 2, np.nan, "hazard_ratio_per_sd",
                 np.nan, np.nan, np.nan, np.nan, "stage", "too few events"))  # fmt: skip
    columns = ["score", "endpoint", "model", "n", "n_events", "estimate", "estimate_type",
               "ci_low", "ci_high", "pvalue", "fdr", "covariates", "note"]  # fmt: skip
    frame = pd.DataFrame(rows, columns=columns)
    write_table(frame, folder / "clinical/associations.tsv", ASSOCIATIONS)
    key = {"score": "circuit_index", "endpoint": HOSTILE if hostile else "os"}
    groups = pd.DataFrame({
        **key, "cut": "median", "group": ["low", "high"], "n": 6, "n_events": [2, 4],
        "median_time": [np.nan, 300.0], "median_low": [200.0, 100.0], "median_high": np.nan,
        "restricted_mean": [400.0, 250.0], "restricted_mean_se": 40.0, "horizon": 500.0,
        "logrank_pvalue": 0.04, "note": "",
    })  # fmt: skip
    write_table(groups, folder / "clinical/survival.tsv", SURVIVAL)
    curves = pd.DataFrame({
        **key, "group": ["low", "low", "high", "high"], "time": [0.0, 200.0, 0.0, 300.0],
        "at_risk": [6, 6, 6, 5], "survival": [1.0, 0.8, 1.0, 0.5], "ci_low": [1.0, 0.4, 1.0, 0.2],
        "ci_high": [1.0, 0.95, 1.0, 0.8],
    })  # fmt: skip
    write_table(curves, folder / "clinical/survival_curves.tsv", SURVIVAL_CURVES)
    shares = ("sensitivity", "specificity", "positive_predictive_value",
              "negative_predictive_value", "auc")  # fmt: skip
    ends = {f"{name}{end}": value for name in shares
            for end, value in (("", 0.7), ("_low", 0.45), ("_high", 0.87))}  # fmt: skip
    biomarkers = pd.DataFrame({
        "marker": [HOSTILE if hostile else "pain", "atf4", "cgrp"],
        "score": ["pain_worst_0_10", "atf4", "cgrp"], "cut": [4.0, 0.0, 0.0],
        "direction": "above", "n": [12, 12, 0], "n_active": [6, 6, 0], "prevalence": 0.5, **ends,
        "reference": "slit2;ccl5", "note": ["", "", "0 patients, 8 needed"],
    })  # fmt: skip
    biomarkers.loc[2, ["prevalence", *ends]] = np.nan
    write_table(biomarkers, folder / "clinical/biomarkers.tsv", BIOMARKERS)
    lacking = ["", f"{HOSTILE if hostile else 'hpv'};stage"]
    missing = pd.DataFrame({"columns": lacking, "n": [9, 3], "share": [0.75, 0.25]})
    write_table(missing, folder / "clinical/missing.tsv", MISSING)
    imputed = pd.DataFrame({
        "score": "circuit_index", "endpoint": HOSTILE if hostile else "os",
        "model": "Cox, adjusted", "analysis": ["complete case", "multiple imputation"],
        "n": [9, 12], "n_events": [6, 8], "estimate": [1.5, 1.4],
        "estimate_type": "hazard_ratio_per_sd", "ci_low": [0.9, 0.95], "ci_high": [2.5, 2.1],
        "pvalue": [0.1, 0.08], "share_missing": 0.25,
        "fraction_missing_information": [np.nan, 0.1], "imputations": [pd.NA, 20], "note": "",
    })  # fmt: skip
    write_table(imputed, folder / "clinical/imputed.tsv", IMPUTED)
    checks = pd.DataFrame(_checks(), columns=["score", "analysis", "estimate", "pvalue", "note"])
    checks = checks.assign(
        endpoint=key["endpoint"], n=12, n_events=8, events_per_variable=4.0, concordance=0.61,
        ci_low=np.nan, ci_high=np.nan, covariates="", estimate_type="chi2",
    )  # fmt: skip
    hazard = checks["analysis"].str.startswith("Cox")
    checks.loc[hazard, "estimate_type"] = "hazard_ratio_per_sd"
    write_table(checks, folder / "clinical/survival_models.tsv", SURVIVAL_MODELS)


def _checks():
    """Rows of the checked Cox models of two scores, one of which is in doubt."""
    test, doubtful = "Proportional hazards (test)", "doubtful: see the periods"
    return [
        ("cgrp", "Cox", 1.3, 0.2, ""),
        ("cgrp", test, 6.1, 0.013, doubtful),
        ("cgrp", "Cox, early period", 2.5, 0.02, "up to 99 days"),
        ("cgrp", "Cox, late period", 0.9, 0.8, "after 99 days"),
        ("cgrp", "Nonlinearity (spline)", 0.3, 0.86, ""),
        ("circuit_index", "Cox", 1.1, 0.5, "4 events per variable"),
        ("circuit_index", test, 0.1, 0.75, "no reason to doubt them"),
    ]


def _cohort(contrasts, hostile):
    declared = {
        name: {"title": f"Tumor against lymph node ({name})", "formula": "~ patient + tissue",
               "variable": "tissue", "numerator": "tumor", "denominator": "tdln"}
        for name in contrasts
    }  # fmt: skip
    return Cohort.model_validate({
        "title": f"Made-up cohort {HOSTILE if hostile else ''}".strip(), "species": "human",
        "tumor_type": "HNSC", "samples": {"table": "samples.tsv"},
        "bulk": {"matrices": [{"path": "counts.tsv"}], "contrasts": declared},
        "clinical": {
            "table": "clinical.tsv",
            "dictionary": {"pain": {
                "meaning": HOSTILE if hostile else "worst pain", "codes": {"9": "unknown"},
            }},
            "covariates": {
                "opioids": {"column": "drug", "kind": "opioid_dose", "dose": "mg", "route": "by"},
            },
            "adjust_for": ["opioids"],
            "pain": {"worst": {"column": "pain", "instrument": "NRS", "direction": "higher_worse"}},
        },
    })  # fmt: skip


@pytest.fixture(scope="session")
def fake(tmp_path_factory) -> Fake:
    """Return results with hostile names: to be read only."""
    return write_results(tmp_path_factory.mktemp("results"))


@pytest.fixture(scope="session")
def make_results() -> Callable[..., Fake]:
    """Return the maker of results folders."""
    return write_results


@pytest.fixture(scope="session")
def circuit() -> Circuit:
    """Return the circuit of the made-up results."""
    return made_up_circuit()


@pytest.fixture(scope="session")
def page(fake) -> str:
    """Return the report of the hostile results."""
    return fake.html()
