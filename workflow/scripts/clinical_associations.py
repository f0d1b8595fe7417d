"""Join clinic and circuit by patient, and test each node against each endpoint."""

import pandas as pd

from innervate.clinical.associations import associate
from innervate.clinical.join import join, of_patients
from innervate.clinical.survival import survival_by_group
from innervate.config.cohort import Cohort
from innervate.config.settings import Clinical
from innervate.runtime.files import read_table, write_table
from innervate.runtime.log import run


def main(snakemake):
    cohort = Cohort.model_validate(snakemake.params.cohort)
    joined, exclusions = join(
        read_table(snakemake.input.clinical, "joined"),
        read_table(snakemake.input.patients, "patients"),
    )
    nodes = read_table(snakemake.input.nodes)
    settings = Clinical.model_validate(snakemake.params.settings)
    write_table(joined, snakemake.output.joined, "joined")
    over_time = read_table(snakemake.input.over_time, "pain_over_time")
    over_time = over_time[over_time["patient"].isin(joined["patient"])]
    associations = associate(joined, nodes, cohort.clinical, settings, over_time)
    write_table(associations, snakemake.output.associations, "associations")
    survival = survival_by_group(joined, nodes, cohort.clinical, settings)
    write_table(survival.table, snakemake.output.survival, "survival")
    write_table(survival.curves, snakemake.output.curves, "survival_curves")
    earlier = read_table(snakemake.input.table_exclusions, "exclusions")
    earlier = of_patients(earlier, joined)
    exclusions = pd.concat([earlier, exclusions], ignore_index=True)
    write_table(exclusions, snakemake.output.exclusions, "exclusions")


run(main, snakemake)
