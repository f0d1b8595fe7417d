"""Gene-set enrichment of one contrast's ranking, in each cell type."""

import pandas as pd

from innervate.bulk.enrichment import COLUMNS, enrich
from innervate.config.settings import Enrichment
from innervate.genes.sets import read_gmt
from innervate.runtime.contract import EXCLUSIONS
from innervate.runtime.files import RESOURCES, read_table, write_table
from innervate.runtime.log import run
from innervate.single_cell.contracts import CELL_DE, CELL_GSEA


def main(snakemake):
    named = zip(snakemake.params.names, snakemake.input.collections, strict=True)
    shipped = RESOURCES / "gene_sets" / f"circuit_{snakemake.params.species}.gmt"
    collections = {name: read_gmt(path) for name, path in [("circuit", shipped), *named]}
    settings = Enrichment.model_validate(snakemake.params.settings)
    tables, left_out = [pd.DataFrame(columns=["cell_type", *COLUMNS])], [pd.DataFrame()]
    for kind, de in read_table(snakemake.input.de, CELL_DE).groupby("cell_type"):
        gsea, exclusions = enrich(
            de, collections, settings, seed=snakemake.params.seed, threads=snakemake.threads
        )
        tables.append(gsea.assign(cell_type=kind))
        left_out.append(exclusions.assign(id=f"{kind}: " + exclusions["id"]))
    write_table(pd.concat(tables), snakemake.output.gsea, CELL_GSEA)
    excluded = pd.concat(left_out).reindex(columns=EXCLUSIONS.names)
    write_table(excluded, snakemake.output.exclusions, EXCLUSIONS)


run(main, snakemake)
