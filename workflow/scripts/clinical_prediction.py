"""Judge what predicts the response to treatment, and test scores for interaction with the arm."""

import anndata as ad

from innervate.clinical.contracts import JOINED
from innervate.config.circuit import load_circuit
from innervate.config.cohort import Cohort
from innervate.config.load import circuit_path
from innervate.config.settings import Clinical, Scoring
from innervate.genes.sets import load_sets
from innervate.prediction.baselines import BaselineScores, score_baselines
from innervate.prediction.contracts import ARM_INTERACTIONS, CALIBRATION, DECISION, PREDICTION, ROC
from innervate.prediction.interactions import interactions
from innervate.prediction.judging import predict
from innervate.runtime.files import read_table, write_table
from innervate.runtime.log import run
from innervate.scoring.contracts import NODES


def main(snakemake):
    cohort = Cohort.model_validate(snakemake.params.cohort)
    settings = Clinical.model_validate(snakemake.params.settings)
    joined = read_table(snakemake.input.joined, JOINED)
    nodes = read_table(snakemake.input.nodes, NODES)
    baselines = BaselineScores()
    if cohort.clinical.response:
        baselines = score_baselines(
            ad.read_h5ad(snakemake.input.bulk) if snakemake.input.bulk else None,
            load_sets(cohort.species),
            Scoring.model_validate(snakemake.params.scoring),
            cohort.baseline,
        )
    found = predict(
        joined,
        nodes,
        baselines,
        cohort.clinical,
        load_circuit(circuit_path(snakemake.params.circuit)),
        settings,
        snakemake.params.seed,
    )
    write_table(found.table, snakemake.output.prediction, PREDICTION)
    write_table(found.roc, snakemake.output.roc, ROC)
    write_table(found.calibration, snakemake.output.calibration, CALIBRATION)
    write_table(found.decision, snakemake.output.decision, DECISION)
    tested = interactions(joined, nodes, cohort.clinical, settings)
    write_table(tested, snakemake.output.interactions, ARM_INTERACTIONS)


run(main, snakemake)
