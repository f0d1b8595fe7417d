"""Gather what the tools report of each library, and compare its strandedness."""

from innervate.reads.contracts import LIBRARIES
from innervate.reads.libraries import LibraryFiles, library_table
from innervate.runtime.files import write_table
from innervate.runtime.log import run


def main(snakemake):
    libraries = [LibraryFiles(**library) for library in snakemake.params.libraries]
    write_table(library_table(libraries), snakemake.output[0], LIBRARIES)


run(main, snakemake)
