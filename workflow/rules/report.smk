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
        runtime=runtime(15, per_input=0.001),
    params:
        cohort=lambda wildcards: RUN.cohorts[wildcards.cohort].model_dump(mode="json"),
        settings=lambda wildcards: RUN.settings[wildcards.cohort].model_dump(mode="json"),
        seed=RUN.config.seed,
        circuit=RUN.config.circuit,
        circuit_digest=files_digest(RUN.circuit),
        code=code_of("provenance"),
    script:
        "../scripts/provenance.py"


rule report:
    input:
        lambda wildcards: cohort_tables(wildcards.cohort),
        run="<results>/{cohort}/provenance/run.json",
        changes="<results>/{cohort}/provenance/changes.tsv",
    output:
        report(
            "<results>/{cohort}/report.html",
            caption="../report/report.rst",
            category="{cohort}",
            subcategory="Report",
            labels={"what": "The whole report"},
        ),
    log:
        "<logs>/{cohort}/report.log",
    benchmark:
        "<benchmarks>/{cohort}/report.tsv"
    conda:
        "../../envs/innervate.yaml"
    threads: 2
    resources:
        mem_mb=mem_mb(2000, per_input=10),
        runtime=runtime(15, per_input=0.1),
    params:
        cohort=lambda wildcards: RUN.cohorts[wildcards.cohort].model_dump(mode="json"),
        settings=lambda wildcards: RUN.settings[wildcards.cohort].model_dump(mode="json"),
        circuit=RUN.config.circuit,
        circuit_digest=files_digest(RUN.circuit),
        code=code_of("report"),
        citations=files_digest(RESOURCES / "citations.tsv"),
        templates=folder_digest("report/templates"),
    script:
        "../scripts/report.py"


rule figures:
    input:
        lambda wildcards: cohort_tables(wildcards.cohort),
    output:
        report(
            directory("<results>/{cohort}/figures"),
            patterns=["{figure}.svg"],
            caption="../report/figures.rst",
            category="{cohort}",
            subcategory="Figures",
            labels={"what": "{figure}"},
        ),
    log:
        "<logs>/{cohort}/figures.log",
    benchmark:
        "<benchmarks>/{cohort}/figures.tsv"
    conda:
        "../../envs/innervate.yaml"
    threads: 2
    resources:
        mem_mb=mem_mb(2000),
        runtime=runtime(15),
    params:
        cohort=lambda wildcards: RUN.cohorts[wildcards.cohort].model_dump(mode="json"),
        settings=lambda wildcards: RUN.settings[wildcards.cohort].model_dump(mode="json"),
        circuit=RUN.config.circuit,
        circuit_digest=files_digest(RUN.circuit),
        code=code_of("figures"),
    script:
        "../scripts/figures.py"


rule multiqc_table:
    input:
        "<results>/{cohort}/{assay}/qc.tsv",
    output:
        "<results>/{cohort}/multiqc/{assay}_qc_mqc.tsv",
    log:
        "<logs>/{cohort}/multiqc_{assay}.log",
    benchmark:
        "<benchmarks>/{cohort}/multiqc_{assay}.tsv"
    wildcard_constraints:
        assay="bulk|single_cell",
    conda:
        "../../envs/innervate.yaml"
    resources:
        mem_mb=mem_mb(1000),
        runtime=runtime(15),
    params:
        code=code_of("multiqc_table"),
    script:
        "../scripts/multiqc_table.py"


# MultiQC's libraries conflict with the workflow's: it is a program of its own, run where one asks.
rule multiqc_report:
    input:
        tables=lambda wildcards: multiqc_tables(wildcards.cohort),
        reads=lambda wildcards: read_reports(wildcards.cohort),
    output:
        page=report(
            "<results>/{cohort}/multiqc/multiqc_report.html",
            caption="../report/multiqc.rst",
            category="{cohort}",
            subcategory="Quality control",
            labels={"what": "MultiQC"},
        ),
        data=directory("<results>/{cohort}/multiqc/multiqc_report_data"),
    log:
        "<logs>/{cohort}/multiqc_report.log",
    benchmark:
        "<benchmarks>/{cohort}/multiqc_report.tsv"
    conda:
        "../../envs/multiqc.yaml"
    resources:
        mem_mb=mem_mb(2000),
        runtime=runtime(15),
    # fastp's reports hold names of users' files; ours are made of letters that are safe in a page.
    shell:
        "multiqc --force --no-ansi --no-version-check "
        "--module custom_content --module fastp --module salmon --module bustools "
        "--cl-config 'use_filename_as_sample_name: [fastp]' "
        "--outdir $(dirname {output.page:q}) --filename $(basename {output.page:q}) "
        "{input:q} &> {log:q}"


rule multiqc:
    input:
        expand("<results>/{cohort}/multiqc/multiqc_report.html", cohort=RUN.cohorts),


rule index:
    input:
        samples=expand("<results>/{cohort}/inputs/samples.tsv", cohort=RUN.cohorts),
        patients=expand("<results>/{cohort}/circuit/patients.tsv", cohort=RUN.cohorts),
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
        code=code_of("index"),
        templates=folder_digest("report/templates"),
    script:
        "../scripts/index.py"


localrules:
    index,
    multiqc,
    multiqc_table,
