"""Hold the circuit against published predictors of response, and compare the arms of a trial."""

import anndata as ad
import pandas as pd

from innervate.clinical.arms import arm_interactions
from innervate.clinical.baselines import TUMOR, by_patient, no_bulk, score_baselines
from innervate.clinical.prediction import predict
from innervate.config.circuit import load_circuit
from innervate.config.cohort import Cohort
from innervate.config.load import circuit_path
from innervate.config.settings import Clinical, Scoring
from innervate.files import read_table, write_table
from innervate.genes.sets import load_sets
from innervate.log import run
from innervate.scoring.expression import of_tissue


def main(snakemake):
    cohort = Cohort.model_validate(snakemake.params.cohort)
    settings = Clinical.model_validate(snakemake.params.settings)
    scoring = Scoring.model_validate(snakemake.params.scoring)
    joined = read_table(snakemake.input.joined, "joined")
    nodes = read_table(snakemake.input.nodes)
    circuit = load_circuit(circuit_path(snakemake.params.circuit))
    baselines, reasons = pd.DataFrame(), no_bulk()
    if snakemake.input.bulk:
        expression = of_tissue(ad.read_h5ad(snakemake.input.bulk), TUMOR, scoring.min_detection)
        scores, reasons = score_baselines(
            expression, load_sets(cohort.species), scoring.min_coverage
        )
        samples = read_table(snakemake.input.samples, "samples")
        baselines = by_patient(scores, samples, cohort.baseline)
    found = predict(
        joined, nodes, baselines, reasons, circuit, cohort.clinical, settings, snakemake.params.seed
    )
    for name in ("prediction", "roc", "calibration", "decision"):
        write_table(getattr(found, name), snakemake.output[name], name)
    arms = arm_interactions(joined, nodes, cohort.clinical, settings)
    write_table(arms, snakemake.output.arm_interactions, "arm_interactions")


run(main, snakemake)
