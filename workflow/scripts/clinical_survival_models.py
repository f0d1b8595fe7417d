"""Check and extend the Cox models of the clinical associations."""

from innervate.clinical.contracts import JOINED, SURVIVAL_MODELS
from innervate.clinical.survival_models import survival_models
from innervate.config.cohort import Cohort
from innervate.config.settings import Clinical
from innervate.runtime.files import read_table, write_table
from innervate.runtime.log import run
from innervate.scoring.contracts import NODES


def main(snakemake):
    cohort = Cohort.model_validate(snakemake.params.cohort)
    found = survival_models(
        read_table(snakemake.input.joined, JOINED),
        read_table(snakemake.input.nodes, NODES),
        cohort.clinical,
        Clinical.model_validate(snakemake.params.settings),
        snakemake.params.seed,
    )
    write_table(found, snakemake.output[0], SURVIVAL_MODELS)


run(main, snakemake)
