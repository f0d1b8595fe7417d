"""Pool edges and associations over cohorts."""

from innervate.circuit.contracts import EDGES
from innervate.clinical.contracts import ASSOCIATIONS
from innervate.runtime.files import read_table, write_table
from innervate.runtime.log import run
from innervate.synthesis.contracts import BY_OUTPUT
from innervate.synthesis.pooling import synthesize


def main(snakemake):
    params, given = snakemake.params, snakemake.input
    edges = dict(zip(params.tumor_types, given.edges, strict=True))
    associations = dict(zip(params.with_clinical, given.associations, strict=True))
    found = synthesize(
        {name: read_table(path, EDGES) for name, path in edges.items()},
        {name: read_table(path, ASSOCIATIONS) for name, path in associations.items()},
        params.tumor_types,
    )
    for name, contract in BY_OUTPUT.items():
        write_table(getattr(found, name), snakemake.output[name], contract)


run(main, snakemake)
