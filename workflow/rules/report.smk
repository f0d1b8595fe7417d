# What a reader opens, and what a result was made from.


rule provenance:
    input:
        lambda wildcards: all_input_files(wildcards.cohort),
        # Whatever is computed anew is recorded anew.
        tables=lambda wildcards: cohort_tables(wildcards.cohort),
    output:
        # Updated and not made anew: the record that is there is that of the run before.
        run=update("<results>/{cohort}/provenance/run.json"),
        previous=update("<results>/{cohort}/provenance/previous.json"),
        changes=update("<results>/{cohort}/provenance/changes.tsv"),
    log:
        "<logs>/{cohort}/provenance.log",
    benchmark:
        "<benchmarks>/{cohort}/provenance.tsv"
    conda:
        "../../envs/innervate.yaml"
    resources:
        mem_mb=mem_mb(1000),
        runtime=runtime(15),
    params:
        cohort=lambda wildcards: RUN.cohorts[wildcards.cohort].model_dump(mode="json"),
        settings=lambda wildcards: RUN.settings[wildcards.cohort].model_dump(mode="json"),
        seed=RUN.config.seed,
        circuit=RUN.config.circuit,
        circuit_digest=files_digest(RUN.circuit),
        code=source_digest("innervate.provenance", "innervate.history"),
    script:
        "../scripts/provenance.py"


rule report:
    input:
        lambda wildcards: cohort_tables(wildcards.cohort),
        run="<results>/{cohort}/provenance/run.json",
        changes="<results>/{cohort}/provenance/changes.tsv",
    output:
        "<results>/{cohort}/report.html",
    log:
        "<logs>/{cohort}/report.log",
    benchmark:
        "<benchmarks>/{cohort}/report.tsv"
    conda:
        "../../envs/innervate.yaml"
    resources:
        mem_mb=mem_mb(2000),
        runtime=runtime(15),
    params:
        cohort=lambda wildcards: RUN.cohorts[wildcards.cohort].model_dump(mode="json"),
        settings=lambda wildcards: RUN.settings[wildcards.cohort].model_dump(mode="json"),
        circuit=RUN.config.circuit,
        circuit_digest=files_digest(RUN.circuit),
        code=source_digest("innervate.report.html"),
        templates=folder_digest("report/templates"),
    script:
        "../scripts/report.py"


rule figures:
    input:
        lambda wildcards: cohort_tables(wildcards.cohort),
    output:
        directory("<results>/{cohort}/figures"),
    log:
        "<logs>/{cohort}/figures.log",
    benchmark:
        "<benchmarks>/{cohort}/figures.tsv"
    conda:
        "../../envs/innervate.yaml"
    resources:
        mem_mb=mem_mb(2000),
        runtime=runtime(15),
    params:
        cohort=lambda wildcards: RUN.cohorts[wildcards.cohort].model_dump(mode="json"),
        settings=lambda wildcards: RUN.settings[wildcards.cohort].model_dump(mode="json"),
        circuit=RUN.config.circuit,
        circuit_digest=files_digest(RUN.circuit),
        code=source_digest("innervate.report.panels"),
    script:
        "../scripts/figures.py"


rule index:
    input:
        samples=expand("<results>/{cohort}/inputs/samples.tsv", cohort=RUN.cohorts),
        cohort_edges=expand("<results>/{cohort}/circuit/edges.tsv", cohort=RUN.cohorts),
    output:
        "<results>/index.html",
    log:
        "<logs>/index.log",
    benchmark:
        "<benchmarks>/index.tsv"
    conda:
        "../../envs/innervate.yaml"
    resources:
        mem_mb=mem_mb(1000),
        runtime=runtime(15),
    params:
        cohorts={name: [cohort.title, cohort.tumor_type] for name, cohort in RUN.cohorts.items()},
        synthesis=bool(SYNTHESIS),
        circuit=RUN.config.circuit,
        circuit_digest=files_digest(RUN.circuit),
        code=source_digest("innervate.report.index"),
        templates=folder_digest("report/templates"),
    script:
        "../scripts/index.py"
