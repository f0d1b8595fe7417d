"""Pool edges and associations over cohorts."""

from innervate.runtime.files import read_table, write_table
from innervate.runtime.log import run
from innervate.synthesis.pooling import synthesize


def main(snakemake):
    params, given = snakemake.params, snakemake.input
    edges = dict(zip(params.tumor_types, given.edges, strict=True))
    associations = dict(zip(params.with_clinical, given.associations, strict=True))
    found = synthesize(
        {name: read_table(path, "edges") for name, path in edges.items()},
        {name: read_table(path, "associations") for name, path in associations.items()},
        params.tumor_types,
    )
    for name in ("edges", "associations", "forest", "moderators"):
        write_table(getattr(found, name), snakemake.output[name], f"synthesis_{name}")


run(main, snakemake)
