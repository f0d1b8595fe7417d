"""Count what is missing, and set adjusted associations beside those with imputed covariates."""

from innervate.clinical.missing import missing_patterns, with_imputation
from innervate.config.cohort import Cohort
from innervate.config.settings import Clinical
from innervate.runtime.files import read_table, write_table
from innervate.runtime.log import run


def main(snakemake):
    clinical = Cohort.model_validate(snakemake.params.cohort).clinical
    joined = read_table(snakemake.input.joined, "joined")
    patterns = missing_patterns(joined, read_table(snakemake.input.nodes), clinical)
    write_table(patterns, snakemake.output.missing, "missing")
    imputed = with_imputation(
        joined,
        read_table(snakemake.input.associations, "associations"),
        clinical,
        Clinical.model_validate(snakemake.params.settings),
        snakemake.params.seed,
    )
    write_table(imputed, snakemake.output.imputed, "imputed")


run(main, snakemake)
