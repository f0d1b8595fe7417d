# What a reader opens, and what a result was made from.


rule provenance:
    input:
        lambda wildcards: all_input_files(wildcards.cohort),
        # FASTQ files were digested where they were checked: they are read once.
        reads=lambda wildcards: [
            f"<results>/{wildcards.cohort}/reads/files/{unit.name}.tsv"
            for unit in UNITS.get(wildcards.cohort, [])
        ],
        # Whatever is computed anew is recorded anew.
        tables=lambda wildcards: cohort_tables(wildcards.cohort),
    output:
        "<results>/{cohort}/provenance/run.json",
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
        code=source_digest("innervate.provenance"),
    script:
        "../scripts/provenance.py"


rule report:
    input:
        lambda wildcards: cohort_tables(wildcards.cohort),
        run="<results>/{cohort}/provenance/run.json",
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
