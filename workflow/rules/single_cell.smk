# Single cells: each sample checked by itself, then one map of all cells, types, states, sums.
# They are the longest way to the report, hence their priority over bulk.


rule cell_qc:
    input:
        cell_input,
    output:
        kept="<results>/{cohort}/single_cell/{cell_sample}/kept.h5ad",
        cells="<results>/{cohort}/single_cell/{cell_sample}/cells.tsv.gz",
        thresholds="<results>/{cohort}/single_cell/{cell_sample}/thresholds.tsv",
        summary="<results>/{cohort}/single_cell/{cell_sample}/summary.tsv",
        exclusions="<results>/{cohort}/single_cell/{cell_sample}/exclusions.tsv",
        genes="<results>/{cohort}/single_cell/{cell_sample}/genes.tsv.gz",
    log:
        "<logs>/{cohort}/cell_qc/{cell_sample}.log",
    benchmark:
        "<benchmarks>/{cohort}/cell_qc/{cell_sample}.tsv"
    priority: 10
    conda:
        "../../envs/innervate.yaml"
    resources:
        mem_mb=mem_mb(3000, per_input=40),
        runtime=runtime(30, per_input=0.1),
    params:
        source=cell_source,
        sample=cell_sample_name,
        species=lambda wildcards: RUN.cohorts[wildcards.cohort].species,
        label=lambda wildcards: (cell_part(wildcards, "labels") or {}).get("column"),
        settings=setting("cell_qc"),
        seed=RUN.config.seed,
        resources=resources_of("genes/{species}.tsv.gz", "gene_sets/sets_{species}.tsv"),
        types=files_digest(RESOURCES / "cell_types.tsv"),
        code=code_of("cell_qc"),
    script:
        "../scripts/cell_qc.py"


rule cells_join:
    input:
        kept=of_cell_samples("kept.h5ad"),
        summaries=of_cell_samples("summary.tsv"),
        thresholds=of_cell_samples("thresholds.tsv"),
        exclusions=of_cell_samples("exclusions.tsv"),
        genes=of_cell_samples("genes.tsv.gz"),
        samples="<results>/{cohort}/inputs/samples.tsv",
    output:
        joined="<results>/{cohort}/single_cell/joined.h5ad",
        qc="<results>/{cohort}/single_cell/qc.tsv",
        thresholds="<results>/{cohort}/single_cell/thresholds.tsv",
        exclusions="<results>/{cohort}/single_cell/qc_exclusions.tsv",
        genes="<results>/{cohort}/single_cell/genes.tsv",
    log:
        "<logs>/{cohort}/cells_join.log",
    benchmark:
        "<benchmarks>/{cohort}/cells_join.tsv"
    priority: 10
    conda:
        "../../envs/innervate.yaml"
    resources:
        mem_mb=mem_mb(3000, per_input=40),
        runtime=runtime(30, per_input=0.05),
    params:
        species=lambda wildcards: RUN.cohorts[wildcards.cohort].species,
        code=code_of("cells_join"),
    script:
        "../scripts/cells_join.py"


rule cells_embed:
    input:
        "<results>/{cohort}/single_cell/joined.h5ad",
    output:
        "<results>/{cohort}/single_cell/embedding.h5ad",
    log:
        "<logs>/{cohort}/cells_embed.log",
    benchmark:
        "<benchmarks>/{cohort}/cells_embed.tsv"
    priority: 10
    conda:
        "../../envs/innervate.yaml"
    threads: 1
    resources:
        mem_mb=mem_mb(4000, per_input=50),
        runtime=runtime(120, per_input=0.3),
    params:
        settings=setting("embedding"),
        seed=RUN.config.seed,
        code=code_of("cells_embed"),
    script:
        "../scripts/cells_embed.py"


rule cells_annotate:
    input:
        joined="<results>/{cohort}/single_cell/joined.h5ad",
        embedding="<results>/{cohort}/single_cell/embedding.h5ad",
        model=lambda wildcards: celltypist_model(wildcards.cohort),
    output:
        annotation="<results>/{cohort}/single_cell/annotation.tsv.gz",
        agreement="<results>/{cohort}/single_cell/annotation_agreement.tsv",
        integration="<results>/{cohort}/single_cell/integration.tsv",
        exclusions="<results>/{cohort}/single_cell/annotation_exclusions.tsv",
    log:
        "<logs>/{cohort}/cells_annotate.log",
    benchmark:
        "<benchmarks>/{cohort}/cells_annotate.tsv"
    priority: 10
    conda:
        "../../envs/innervate.yaml"
    resources:
        mem_mb=mem_mb(4000, per_input=50),
        runtime=runtime(60, per_input=0.1),
    params:
        labels=lambda wildcards: cell_part(wildcards, "labels"),
        celltypist=lambda wildcards: cell_part(wildcards, "celltypist"),
        settings=setting("annotation"),
        seed=RUN.config.seed,
        resources=resources_of("gene_sets/sets_{species}.tsv", "cell_types.tsv"),
        code=code_of("cells_annotate"),
    script:
        "../scripts/cells_annotate.py"


rule cells_malignant:
    input:
        joined="<results>/{cohort}/single_cell/joined.h5ad",
        annotation="<results>/{cohort}/single_cell/annotation.tsv.gz",
    output:
        cells="<results>/{cohort}/single_cell/malignant.tsv.gz",
        patients="<results>/{cohort}/single_cell/malignant_patients.tsv",
    log:
        "<logs>/{cohort}/cells_malignant.log",
    benchmark:
        "<benchmarks>/{cohort}/cells_malignant.tsv"
    priority: 10
    conda:
        "../../envs/innervate.yaml"
    resources:
        mem_mb=mem_mb(4000, per_input=50),
        runtime=runtime(60, per_input=0.1),
    params:
        settings=setting("malignancy"),
        seed=RUN.config.seed,
        types=files_digest(RESOURCES / "cell_types.tsv"),
        code=code_of("cells_malignant"),
    script:
        "../scripts/cells_malignant.py"


rule cells:
    input:
        joined="<results>/{cohort}/single_cell/joined.h5ad",
        embedding="<results>/{cohort}/single_cell/embedding.h5ad",
        annotation="<results>/{cohort}/single_cell/annotation.tsv.gz",
        malignant="<results>/{cohort}/single_cell/malignant.tsv.gz",
        samples="<results>/{cohort}/inputs/samples.tsv",
    output:
        h5ad="<results>/{cohort}/single_cell/cells.h5ad",
        parquet="<results>/{cohort}/single_cell/cells.parquet",
        pseudobulk="<results>/{cohort}/single_cell/pseudobulk.h5ad",
        axes="<results>/{cohort}/single_cell/macrophage_axes.tsv",
    log:
        "<logs>/{cohort}/cells.log",
    benchmark:
        "<benchmarks>/{cohort}/cells.tsv"
    priority: 10
    conda:
        "../../envs/innervate.yaml"
    resources:
        mem_mb=mem_mb(4000, per_input=50),
        runtime=runtime(60, per_input=0.1),
    params:
        settings=setting("cell_polarization"),
        min_coverage=lambda wildcards: RUN.settings[wildcards.cohort].scoring.min_coverage,
        seed=RUN.config.seed,
        circuit=RUN.config.circuit,
        circuit_digest=files_digest(RUN.circuit),
        resources=resources_of("gene_sets/sets_{species}.tsv"),
        code=code_of("cells"),
    script:
        "../scripts/cells.py"


rule pseudobulk_de:
    input:
        "<results>/{cohort}/single_cell/pseudobulk.h5ad",
    output:
        de="<results>/{cohort}/single_cell/de/{contrast}.tsv",
        composition="<results>/{cohort}/single_cell/composition/{contrast}.tsv",
        exclusions="<results>/{cohort}/single_cell/de_exclusions/{contrast}.tsv",
    log:
        "<logs>/{cohort}/pseudobulk_de/{contrast}.log",
    benchmark:
        "<benchmarks>/{cohort}/pseudobulk_de/{contrast}.tsv"
    conda:
        "../../envs/innervate.yaml"
    threads: 1
    resources:
        mem_mb=mem_mb(3000, per_input=20),
        runtime=runtime(120, per_input=0.5),
    params:
        contrast=cell_contrast,
        settings=setting("differential_expression"),
        limits=setting("pseudobulk"),
        code=code_of("pseudobulk_de"),
    script:
        "../scripts/pseudobulk_de.py"


rule pseudobulk_gsea:
    input:
        de="<results>/{cohort}/single_cell/de/{contrast}.tsv",
        collections=lambda wildcards: list(user_collections(wildcards).values()),
    output:
        gsea="<results>/{cohort}/single_cell/gsea/{contrast}.tsv",
        exclusions="<results>/{cohort}/single_cell/gsea_exclusions/{contrast}.tsv",
    log:
        "<logs>/{cohort}/pseudobulk_gsea/{contrast}.log",
    benchmark:
        "<benchmarks>/{cohort}/pseudobulk_gsea/{contrast}.tsv"
    conda:
        "../../envs/innervate.yaml"
    threads: 1
    resources:
        mem_mb=mem_mb(2000, per_input=50),
        runtime=runtime(60, per_input=2),
    params:
        names=lambda wildcards: list(user_collections(wildcards)),
        species=lambda wildcards: RUN.cohorts[wildcards.cohort].species,
        resources=resources_of("gene_sets/circuit_{species}.gmt"),
        settings=setting("enrichment"),
        seed=RUN.config.seed,
        code=code_of("pseudobulk_gsea"),
    script:
        "../scripts/pseudobulk_gsea.py"


rule ligand_receptor:
    input:
        "<results>/{cohort}/single_cell/cells.h5ad",
    output:
        "<results>/{cohort}/single_cell/ligand_receptor.tsv",
    log:
        "<logs>/{cohort}/ligand_receptor.log",
    benchmark:
        "<benchmarks>/{cohort}/ligand_receptor.tsv"
    priority: 10
    conda:
        "../../envs/innervate.yaml"
    resources:
        mem_mb=mem_mb(3000, per_input=30),
        runtime=runtime(60, per_input=0.1),
    params:
        settings=setting("interactions"),
        seed=RUN.config.seed,
        circuit=RUN.config.circuit,
        circuit_digest=files_digest(RUN.circuit),
        code=code_of("ligand_receptor"),
    script:
        "../scripts/ligand_receptor.py"
