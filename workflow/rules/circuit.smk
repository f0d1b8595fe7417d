# The circuit: each node scored in each sample, macrophages called, patients summarized.


rule circuit_scores:
    input:
        bulk=where(WITH_BULK, "bulk/bulk.h5ad"),
        pseudobulk=where(WITH_CELLS, "single_cell/pseudobulk.h5ad"),
        cells=where(WITH_CELLS, "single_cell/cells.parquet"),
    output:
        scores="<results>/{cohort}/circuit/scores.tsv",
        nodes="<results>/{cohort}/circuit/rna_nodes.tsv",
        agreement="<results>/{cohort}/circuit/agreement.tsv",
        polarization=report(
            "<results>/{cohort}/circuit/polarization.tsv",
            caption="../report/polarization.rst",
            category="{cohort}",
            subcategory="Circuit",
            labels={"what": "Macrophage polarization"},
        ),
        by_cell_type="<results>/{cohort}/circuit/by_cell_type.tsv",
        highest="<results>/{cohort}/circuit/highest.tsv",
        exclusions="<results>/{cohort}/circuit/source_exclusions.tsv",
    log:
        "<logs>/{cohort}/circuit_scores.log",
    benchmark:
        "<benchmarks>/{cohort}/circuit_scores.tsv"
    conda:
        "../../envs/innervate.yaml"
    resources:
        mem_mb=mem_mb(2000, per_input=8),
        runtime=runtime(30, per_input=0.2),
    params:
        settings=setting("scoring"),
        min_cells=lambda wildcards: RUN.settings[wildcards.cohort].pseudobulk.min_cells,
        seed=RUN.config.seed,
        circuit=RUN.config.circuit,
        circuit_digest=files_digest(RUN.circuit),
        resources=resources_of("gene_sets/sets_{species}.tsv"),
        code=code_of("circuit_scores"),
    script:
        "../scripts/circuit_scores.py"


rule circuit_patients:
    input:
        scores="<results>/{cohort}/circuit/scores.tsv",
        nodes="<results>/{cohort}/circuit/rna_nodes.tsv",
        samples="<results>/{cohort}/inputs/samples.tsv",
        clinical=lambda wildcards: (
            "<results>/{cohort}/clinical/clinical.tsv" if wildcards.cohort in WITH_CLINICAL else []
        ),
    output:
        patients=report(
            "<results>/{cohort}/circuit/patients.tsv",
            caption="../report/patients.rst",
            category="{cohort}",
            subcategory="Circuit",
            labels={"what": "Patients"},
        ),
        nodes="<results>/{cohort}/circuit/nodes.tsv",
        exclusions="<results>/{cohort}/circuit/exclusions.tsv",
    log:
        "<logs>/{cohort}/circuit_patients.log",
    benchmark:
        "<benchmarks>/{cohort}/circuit_patients.tsv"
    conda:
        "../../envs/innervate.yaml"
    resources:
        mem_mb=mem_mb(1500, per_input=20),
        runtime=runtime(15, per_input=1),
    params:
        baseline=lambda wildcards: RUN.cohorts[wildcards.cohort].baseline,
        settings=setting("scoring"),
        seed=RUN.config.seed,
        circuit=RUN.config.circuit,
        circuit_digest=files_digest(RUN.circuit),
        code=code_of("circuit_patients"),
    script:
        "../scripts/circuit_patients.py"


rule circuit_edges:
    input:
        bulk=where(WITH_BULK, "bulk/bulk.h5ad"),
        pseudobulk=where(WITH_CELLS, "single_cell/pseudobulk.h5ad"),
        scores="<results>/{cohort}/circuit/scores.tsv",
        patients="<results>/{cohort}/circuit/patients.tsv",
        nodes="<results>/{cohort}/circuit/nodes.tsv",
        samples="<results>/{cohort}/inputs/samples.tsv",
        clinical=where(WITH_CLINICAL, "clinical/clinical.tsv"),
    output:
        edges=report(
            "<results>/{cohort}/circuit/edges.tsv",
            caption="../report/edges.rst",
            category="{cohort}",
            subcategory="Circuit",
            labels={"what": "Edges"},
        ),
        controls="<results>/{cohort}/circuit/edge_controls.tsv",
    log:
        "<logs>/{cohort}/circuit_edges.log",
    benchmark:
        "<benchmarks>/{cohort}/circuit_edges.tsv"
    conda:
        "../../envs/innervate.yaml"
    resources:
        mem_mb=mem_mb(2000, per_input=8),
        runtime=runtime(60, per_input=0.5),
    params:
        cohort=cohort_part("clinical", "baseline"),
        settings=setting("edges"),
        scoring=setting("scoring"),
        min_cells=lambda wildcards: RUN.settings[wildcards.cohort].pseudobulk.min_cells,
        seed=RUN.config.seed,
        circuit=RUN.config.circuit,
        circuit_digest=files_digest(RUN.circuit),
        resources=resources_of("gene_sets/sets_{species}.tsv"),
        code=code_of("circuit_edges"),
    script:
        "../scripts/circuit_edges.py"


rule circuit_chains:
    input:
        scores="<results>/{cohort}/circuit/scores.tsv",
        patients="<results>/{cohort}/circuit/patients.tsv",
        nodes="<results>/{cohort}/circuit/nodes.tsv",
        samples="<results>/{cohort}/inputs/samples.tsv",
        clinical=where(WITH_CLINICAL, "clinical/clinical.tsv"),
    output:
        chain="<results>/{cohort}/circuit/chain.tsv",
        path_model="<results>/{cohort}/circuit/path_model.tsv",
        path_fit="<results>/{cohort}/circuit/path_fit.tsv",
        hypotheses="<results>/{cohort}/circuit/hypotheses.tsv",
    log:
        "<logs>/{cohort}/circuit_chains.log",
    benchmark:
        "<benchmarks>/{cohort}/circuit_chains.tsv"
    conda:
        "../../envs/innervate.yaml"
    resources:
        mem_mb=mem_mb(1500, per_input=20),
        runtime=runtime(60, per_input=5),
    params:
        cohort=cohort_part("clinical", "baseline"),
        settings=setting("edges"),
        seed=RUN.config.seed,
        circuit=RUN.config.circuit,
        circuit_digest=files_digest(RUN.circuit),
        code=code_of("circuit_chains"),
    script:
        "../scripts/circuit_chains.py"
