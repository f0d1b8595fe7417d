"""Read the declared columns of the clinical table, one row a patient."""

from innervate.config.cohort import Cohort
from innervate.inputs.clinical.contracts import CLINICAL, PAIN_OVER_TIME
from innervate.inputs.clinical.table import read_clinical, read_over_time
from innervate.runtime.contract import EXCLUSIONS
from innervate.runtime.files import write_table
from innervate.runtime.log import run


def main(snakemake):
    cohort = Cohort.model_validate(snakemake.params.cohort)
    clinical, exclusions = read_clinical(cohort, snakemake.params.cohort_file)
    write_table(clinical, snakemake.output.clinical, CLINICAL)
    over_time, _ = read_over_time(cohort.clinical, clinical)
    write_table(over_time, snakemake.output.over_time, PAIN_OVER_TIME)
    write_table(exclusions, snakemake.output.exclusions, EXCLUSIONS)


run(main, snakemake)
