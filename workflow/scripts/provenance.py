"""Record what a cohort's results were made from, and what differs from the run before."""

import json
from pathlib import Path

from innervate.reads.contracts import READ_FILES
from innervate.report.key_results import key_results
from innervate.runtime.files import read_table, write_table, write_text
from innervate.runtime.history import CHANGES, changes, previous_run
from innervate.runtime.log import run
from innervate.runtime.provenance import describe_run


def read(path):
    return json.loads(Path(path).read_text(encoding="utf-8")) if Path(path).is_file() else {}


def main(snakemake):
    output = snakemake.output
    made = {*snakemake.input.tables, *snakemake.input.reads}
    reads = [read_table(path, READ_FILES) for path in snakemake.input.reads]
    described = describe_run(
        [path for path in snakemake.input if path not in made],
        {row.file: row.sha256 for table in reads for row in table.itertuples()},
        cohort=snakemake.params.cohort,
        settings=snakemake.params.settings,
        seed=snakemake.params.seed,
        circuit={"name": snakemake.params.circuit, "digest": snakemake.params.circuit_digest},
        **key_results(Path(output.run).parents[1]),
    )
    previous = previous_run(read(output.run), read(output.previous), described)
    write_table(changes(previous, described), output.changes, CHANGES)
    for record, path in ((previous, output.previous), (described, output.run)):
        write_text(json.dumps(record, indent=2, sort_keys=True) + "\n", path)


run(main, snakemake)
