"""Score each node of the circuit in each sample, and call macrophage polarization."""

import anndata as ad
import pandas as pd

from innervate.circuit.scores import score_cohort
from innervate.config.circuit import load_circuit
from innervate.config.load import circuit_path
from innervate.config.settings import Scoring
from innervate.genes.sets import load_sets
from innervate.runtime.files import write_table
from innervate.runtime.log import run


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
    for name in ("scores", "nodes", "agreement", "polarization"):
        contract = name if name in ("scores", "polarization") else None
        write_table(getattr(scored, name), snakemake.output[name], contract)
    for name in ("by_cell_type", "highest", "exclusions"):
        write_table(getattr(scored.sources, name), snakemake.output[name], name)


run(main, snakemake)
