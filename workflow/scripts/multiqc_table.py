"""Write an assay's quality control as MultiQC's custom content."""

from innervate.bulk.contracts import BULK_QC
from innervate.report.multiqc import custom_content
from innervate.runtime.files import read_table, write_text
from innervate.runtime.log import run
from innervate.single_cell.contracts import CELL_QC


def main(snakemake):
    assay, cohort = snakemake.wildcards.assay, snakemake.wildcards.cohort
    qc = read_table(snakemake.input[0], {"bulk": BULK_QC, "single_cell": CELL_QC}[assay])
    write_text(custom_content(qc, assay, cohort), snakemake.output[0])


run(main, snakemake)
