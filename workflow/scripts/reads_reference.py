"""Join transcripts and genome for salmon's index, and list the gene of each transcript."""

from innervate.reads.contracts import TRANSCRIPTS
from innervate.reads.reference import transcript_genes, write_gentrome
from innervate.runtime.files import write_table
from innervate.runtime.log import run


def main(snakemake):
    files, written = snakemake.input, snakemake.output
    genes = transcript_genes(files.annotation)
    write_gentrome(files.transcriptome, files.genome, genes, written.gentrome, written.decoys)
    write_table(genes, written.genes, TRANSCRIPTS)


run(main, snakemake)
