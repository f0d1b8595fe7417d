# Innervate: is the tumor-nerve-lymph-node circuit active here, in which patients, and does
# it go with pain, macrophage polarization and outcome? Usage: README.md, config/README.md.
from pathlib import Path

from snakemake.utils import min_version

min_version("9.20")


# Defaults come first, then config/config.yaml of the working directory, then --configfile.
configfile: workflow.source_path("config/defaults.yaml")


if Path("config/config.yaml").is_file():

    configfile: "config/config.yaml"


# An image built from envs/Containerfile, for `--sdm apptainer`.
if config.get("container"):

    container: config["container"]


pathvars:
    results="results",
    logs="logs",
    benchmarks="benchmarks",


include: "workflow/rules/package.smk"
include: "workflow/rules/common.smk"
include: "workflow/rules/common_tables.smk"
include: "workflow/rules/fetch.smk"
include: "workflow/rules/common_reads.smk"
include: "workflow/rules/reads.smk"
include: "workflow/rules/inputs.smk"
include: "workflow/rules/bulk.smk"
include: "workflow/rules/single_cell.smk"
include: "workflow/rules/circuit.smk"
include: "workflow/rules/clinical.smk"
include: "workflow/rules/synthesis.smk"
include: "workflow/rules/plan.smk"
include: "workflow/rules/report.smk"


localrules:
    all,
    tables,


rule all:
    default_target: True
    input:
        expand("<results>/{cohort}/{made}", cohort=RUN.cohorts, made=["report.html", "figures"]),
        [multiqc_tables(name) for name in RUN.cohorts],
        SYNTHESIS,
        "<results>/synthesis/report.html" if SYNTHESIS else [],
        "<results>/index.html",


# Everything but the reports, for those who go on in a notebook.
rule tables:
    input:
        [cohort_tables(name) for name in RUN.cohorts],
        SYNTHESIS,


onsuccess:
    for name in RUN.cohorts:
        print(f"report: {workflow.pathvars.apply('<results>')}/{name}/report.html")
    print(f"all reports: {workflow.pathvars.apply('<results>')}/index.html")


onerror:
    print("The failing rule's log (named above) ends with what is wrong and how to fix it.")
    print(
        "A log that does not say so is that of a job that was killed from outside, most often as"
    )
    print("it needed more memory or time than it had: give the rule more mem_mb or runtime.")
    print("Then run the same command again: finished steps are not repeated.")
