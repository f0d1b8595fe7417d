"""Read the declared columns of the clinical table, one row a patient."""

from innervate.clinical.table import read_clinical
from innervate.config.cohort import Cohort
from innervate.files import write_table
from innervate.log import run


def main(snakemake):
    cohort = Cohort.model_validate(snakemake.params.cohort)
    clinical, exclusions = read_clinical(cohort, snakemake.params.cohort_file)
    write_table(clinical, snakemake.output.clinical)
    write_table(exclusions, snakemake.output.exclusions, "exclusions")


run(main, snakemake)
