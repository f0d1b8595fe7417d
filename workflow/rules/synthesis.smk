# All cohorts together: each edge and association pooled, and edges by tumor type.


rule synthesis:
    input:
        edges=expand("<results>/{cohort}/circuit/edges.tsv", cohort=RUN.cohorts),
        associations=expand("<results>/{cohort}/clinical/associations.tsv", cohort=WITH_CLINICAL),
    output:
        edges="<results>/synthesis/edges.tsv",
        associations="<results>/synthesis/associations.tsv",
        forest="<results>/synthesis/forest.tsv",
        moderators="<results>/synthesis/moderators.tsv",
    log:
        "<logs>/synthesis.log",
    benchmark:
        "<benchmarks>/synthesis.tsv"
    conda:
        "../../envs/innervate.yaml"
    resources:
        mem_mb=mem_mb(1000, per_input=20),
        runtime=runtime(15, per_input=1),
    params:
        tumor_types={name: cohort.tumor_type for name, cohort in RUN.cohorts.items()},
        with_clinical=WITH_CLINICAL,
        code=code_of("synthesis"),
    script:
        "../scripts/synthesis.py"


rule synthesis_report:
    input:
        **rules.synthesis.output,
        samples=expand("<results>/{cohort}/inputs/samples.tsv", cohort=RUN.cohorts),
        patients=expand("<results>/{cohort}/circuit/patients.tsv", cohort=RUN.cohorts),
        cohort_edges=expand("<results>/{cohort}/circuit/edges.tsv", cohort=RUN.cohorts),
    output:
        report(
            "<results>/synthesis/report.html",
            caption="../report/synthesis.rst",
            category="All cohorts",
            labels={"what": "The report over all cohorts"},
        ),
    log:
        "<logs>/synthesis_report.log",
    benchmark:
        "<benchmarks>/synthesis_report.tsv"
    conda:
        "../../envs/innervate.yaml"
    resources:
        mem_mb=mem_mb(1000),
        runtime=runtime(15),
    params:
        cohorts={name: [cohort.title, cohort.tumor_type] for name, cohort in RUN.cohorts.items()},
        circuit=RUN.config.circuit,
        circuit_digest=files_digest(RUN.circuit),
        code=code_of("synthesis_report"),
        templates=folder_digest("report/templates"),
    script:
        "../scripts/synthesis_report.py"
