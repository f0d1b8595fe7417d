"""Read, check and harmonize the sample sheet."""

from innervate.config.cohort import Cohort
from innervate.inputs.contracts import SAMPLES
from innervate.inputs.samples import read_samples
from innervate.runtime.contract import EXCLUSIONS
from innervate.runtime.files import write_table
from innervate.runtime.log import run


def main(snakemake):
    cohort = Cohort.model_validate(snakemake.params.cohort)
    samples, exclusions = read_samples(cohort, snakemake.params.cohort_file)
    write_table(samples, snakemake.output.samples, SAMPLES)
    write_table(exclusions, snakemake.output.exclusions, EXCLUSIONS)


run(main, snakemake)
