"""Check that a unit's FASTQ files are whole and, as a pair, of equal numbers of reads."""

from innervate.reads.contracts import READ_FILES
from innervate.reads.files import check_files
from innervate.runtime.files import write_table
from innervate.runtime.log import run


def main(snakemake):
    files = check_files(list(snakemake.input), snakemake.params.sample)
    write_table(files, snakemake.output[0], READ_FILES)


run(main, snakemake)
