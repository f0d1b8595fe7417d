"""Gene-set enrichment of one contrast's ranking."""

from innervate.bulk.contracts import DE, GSEA
from innervate.bulk.enrichment import enrich
from innervate.config.settings import Enrichment
from innervate.genes.sets import read_gmt
from innervate.runtime.contract import EXCLUSIONS
from innervate.runtime.files import RESOURCES, read_table, write_table
from innervate.runtime.log import run


def main(snakemake):
    de = read_table(snakemake.input.de, DE)
    named = zip(snakemake.params.names, snakemake.input.collections, strict=True)
    shipped = RESOURCES / "gene_sets" / f"circuit_{snakemake.params.species}.gmt"
    collections = {name: read_gmt(path) for name, path in [("circuit", shipped), *named]}
    settings = Enrichment.model_validate(snakemake.params.settings)
    seed, threads = snakemake.params.seed, snakemake.threads
    gsea, exclusions = enrich(de, collections, settings, seed=seed, threads=threads)
    write_table(gsea, snakemake.output.gsea, GSEA)
    write_table(exclusions, snakemake.output.exclusions, EXCLUSIONS)


run(main, snakemake)
