"""Gather what the tools report of each library, and compare its strandedness."""

from innervate.files import write_table
from innervate.log import run
from innervate.reads.libraries import LibraryFiles, library_table


def main(snakemake):
    libraries = [LibraryFiles(**library) for library in snakemake.params.libraries]
    write_table(library_table(libraries), snakemake.output[0], "libraries")


run(main, snakemake)
