"""Record what a cohort's results were made from."""

import json

from innervate.files import write_text
from innervate.log import run
from innervate.provenance import describe_run


def main(snakemake):
    tables = set(snakemake.input.tables)
    described = describe_run(
        [path for path in snakemake.input if path not in tables],
        cohort=snakemake.params.cohort,
        settings=snakemake.params.settings,
        seed=snakemake.params.seed,
        circuit={"name": snakemake.params.circuit, "digest": snakemake.params.circuit_digest},
    )
    write_text(json.dumps(described, indent=2, sort_keys=True) + "\n", snakemake.output[0])


run(main, snakemake)
