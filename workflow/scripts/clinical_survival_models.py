"""Check and extend the Cox models of the clinical associations."""

from innervate.clinical.survival_models import survival_models
from innervate.config.cohort import Cohort
from innervate.config.settings import Clinical
from innervate.runtime.files import read_table, write_table
from innervate.runtime.log import run


def main(snakemake):
    cohort = Cohort.model_validate(snakemake.params.cohort)
    found = survival_models(
        read_table(snakemake.input.joined, "joined"),
        read_table(snakemake.input.nodes),
        cohort.clinical,
        Clinical.model_validate(snakemake.params.settings),
        snakemake.params.seed,
    )
    write_table(found, snakemake.output[0], "survival_models")


run(main, snakemake)
