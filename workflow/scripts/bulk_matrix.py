"""Read the bulk matrices and bring their genes to approved symbols."""

from innervate.config.cohort import Cohort
from innervate.inputs.bulk import read_bulk
from innervate.inputs.contracts import GENES, SAMPLES
from innervate.inputs.quantified import Quantified
from innervate.runtime.contract import EXCLUSIONS
from innervate.runtime.files import read_table, write_h5ad, write_table
from innervate.runtime.log import run


def main(snakemake):
    cohort = Cohort.model_validate(snakemake.params.cohort)
    samples = read_table(snakemake.input.samples, SAMPLES)
    counted = None
    if snakemake.params.libraries:
        counted = Quantified(snakemake.params.libraries, snakemake.input.transcripts)
    adata, genes, exclusions = read_bulk(cohort, samples, snakemake.params.cohort_file, counted)
    write_h5ad(adata, snakemake.output.counts)
    write_table(genes, snakemake.output.genes, GENES)
    write_table(exclusions, snakemake.output.exclusions, EXCLUSIONS)


run(main, snakemake)
