"""Record what a cohort's results were made from."""

import json

from innervate.files import read_table, write_text
from innervate.log import run
from innervate.provenance import describe_run


def main(snakemake):
    made = {*snakemake.input.tables, *snakemake.input.reads}
    reads = [read_table(path) for path in snakemake.input.reads]
    described = describe_run(
        [path for path in snakemake.input if path not in made],
        {row.file: row.sha256 for table in reads for row in table.itertuples()},
        cohort=snakemake.params.cohort,
        settings=snakemake.params.settings,
        seed=snakemake.params.seed,
        circuit={"name": snakemake.params.circuit, "digest": snakemake.params.circuit_digest},
    )
    write_text(json.dumps(described, indent=2, sort_keys=True) + "\n", snakemake.output[0])


run(main, snakemake)
