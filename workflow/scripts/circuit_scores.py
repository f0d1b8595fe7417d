"""Score each node of the circuit in each sample, and call macrophage polarization."""

import anndata as ad
import pandas as pd

from innervate.circuit.scores import score_cohort
from innervate.config.circuit import load_circuit
from innervate.config.load import circuit_path
from innervate.config.settings import Scoring
from innervate.genes.sets import load_sets
from innervate.macrophages.contracts import POLARIZATION
from innervate.runtime.contract import EXCLUSIONS
from innervate.runtime.files import write_table
from innervate.runtime.log import run
from innervate.scoring.contracts import AGREEMENT, BY_CELL_TYPE, HIGHEST, RNA_NODES, SCORES


def main(snakemake):
    bulk = ad.read_h5ad(snakemake.input.bulk) if snakemake.input.bulk else None
    sums = ad.read_h5ad(snakemake.input.pseudobulk) if snakemake.input.pseudobulk else None
    cells = pd.read_parquet(snakemake.input.cells) if snakemake.input.cells else None
    scored = score_cohort(
        bulk,
        sums,
        cells,
        load_circuit(circuit_path(snakemake.params.circuit)),
        load_sets((sums if bulk is None else bulk).uns["species"]),
        Scoring.model_validate(snakemake.params.settings),
        snakemake.params.min_cells,
        snakemake.params.seed,
    )
    output = snakemake.output
    write_table(scored.scores, output.scores, SCORES)
    write_table(scored.nodes, output.nodes, RNA_NODES)
    write_table(scored.agreement, output.agreement, AGREEMENT)
    write_table(scored.polarization, output.polarization, POLARIZATION)
    write_table(scored.sources.by_cell_type, output.by_cell_type, BY_CELL_TYPE)
    write_table(scored.sources.highest, output.highest, HIGHEST)
    write_table(scored.sources.exclusions, output.exclusions, EXCLUSIONS)


run(main, snakemake)
