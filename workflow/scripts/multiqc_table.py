"""Write an assay's quality control as MultiQC's custom content."""

from innervate.report.multiqc import custom_content
from innervate.runtime.files import read_table, write_text
from innervate.runtime.log import run


def main(snakemake):
    assay, cohort = snakemake.wildcards.assay, snakemake.wildcards.cohort
    qc = read_table(snakemake.input[0], {"bulk": "bulk_qc", "single_cell": "cell_qc"}[assay])
    write_text(custom_content(qc, assay, cohort), snakemake.output[0])


run(main, snakemake)
