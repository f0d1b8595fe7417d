"""Read one sample's cells, measure them, and drop what is no single intact cell."""

from innervate.config.cell_settings import CellQC
from innervate.config.cells import CellMatrix
from innervate.genes.sets import load_sets
from innervate.inputs.cell_samples import CellSource
from innervate.runtime.files import write_h5ad, write_table
from innervate.runtime.log import run
from innervate.single_cell.sample import check_sample


def main(snakemake):
    given = snakemake.params.source
    matrix = CellMatrix.model_validate(given["matrix"])
    checked = check_sample(
        CellSource(matrix, given["file"], given["raw_file"]),
        snakemake.params.sample,
        snakemake.params.species,
        snakemake.params.label,
        load_sets(snakemake.params.species),
        CellQC.model_validate(snakemake.params.settings),
        snakemake.params.seed,
    )
    write_h5ad(checked.kept, snakemake.output.kept)
    for name in ("cells", "thresholds", "summary", "exclusions", "genes"):
        contract = "exclusions" if name == "exclusions" else None
        write_table(getattr(checked, name), snakemake.output[name], contract)


run(main, snakemake)
