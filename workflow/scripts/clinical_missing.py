"""Count what is missing, and set adjusted associations beside those with imputed covariates."""

from innervate.clinical.contracts import ASSOCIATIONS, IMPUTED, JOINED, MISSING
from innervate.clinical.missing import missing_patterns, with_imputation
from innervate.config.cohort import Cohort
from innervate.config.settings import Clinical
from innervate.runtime.files import read_table, write_table
from innervate.runtime.log import run
from innervate.scoring.contracts import NODES


def main(snakemake):
    clinical = Cohort.model_validate(snakemake.params.cohort).clinical
    joined = read_table(snakemake.input.joined, JOINED)
    patterns = missing_patterns(joined, read_table(snakemake.input.nodes, NODES), clinical)
    write_table(patterns, snakemake.output.missing, MISSING)
    imputed = with_imputation(
        joined,
        read_table(snakemake.input.associations, ASSOCIATIONS),
        clinical,
        Clinical.model_validate(snakemake.params.settings),
        snakemake.params.seed,
    )
    write_table(imputed, snakemake.output.imputed, IMPUTED)


run(main, snakemake)
