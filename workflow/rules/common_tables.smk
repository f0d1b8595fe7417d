# Which tables a cohort gets.

CLINICAL_TABLES = (
    "joined",
    "pain_over_time",
    "associations",
    "survival",
    "survival_curves",
    "survival_models",
    "biomarkers",
    "missing",
    "imputed",
    "prediction",
    "roc",
    "calibration",
    "decision",
    "interactions",
    "agents",
    "trials",
)


def circuit_tables(name):
    """The circuit tables that a cohort gets."""
    tables = ["scores", "patients", "polarization", "by_cell_type", "highest"]
    tables += ["edges", "edge_controls", "chain", "path_model", "path_fit", "hypotheses"]
    return [f"<results>/{name}/circuit/{table}.tsv" for table in tables]


def cell_tables(name):
    """The single-cell tables that a cohort gets."""
    if name not in WITH_CELLS:
        return []
    folder = f"<results>/{name}/single_cell"
    contrasts = RUN.cohorts[name].single_cell.contrasts
    enriched = [key for key, contrast in contrasts.items() if contrast.enrichment]
    return [
        *(f"{folder}/{table}" for table in ("qc.tsv", "cells.parquet", "ligand_receptor.tsv")),
        *(f"{folder}/{kind}/{key}.tsv" for kind in ("de", "composition") for key in contrasts),
        *(f"{folder}/gsea/{key}.tsv" for key in enriched),
        *(f"{folder}/{sample}/cells.tsv.gz" for sample in CELL_SAMPLES[name]),
    ]


def bulk_tables(name):
    """The bulk tables that a cohort gets."""
    if name not in WITH_BULK:
        return []
    folder = f"<results>/{name}"
    return [
        f"{folder}/bulk/qc.tsv",
        *(f"{folder}/bulk/de/{contrast}.tsv" for contrast in contrasts_of(name)),
        *(f"{folder}/bulk/gsea/{contrast}.tsv" for contrast in contrasts_of(name, enriched=True)),
    ]


def clinical_tables(name):
    """The clinical tables that a cohort gets."""
    if name not in WITH_CLINICAL:
        return []
    return [f"<results>/{name}/clinical/{table}.tsv" for table in CLINICAL_TABLES]


def multiqc_tables(name):
    """The quality control of a cohort's assays as MultiQC takes it up."""
    assays = ["bulk"] * (name in WITH_BULK) + ["single_cell"] * (name in WITH_CELLS)
    return [f"<results>/{name}/multiqc/{assay}_qc_mqc.tsv" for assay in assays]


def gene_tables(name):
    """The tables of what became of each input gene, one an assay."""
    assays = ["bulk"] * (name in WITH_BULK) + ["single_cell"] * (name in WITH_CELLS)
    return [f"<results>/{name}/{assay}/genes.tsv" for assay in assays]


def exclusion_tables(name):
    """The tables in which each stage lists what it left out, and why."""
    folder = f"<results>/{name}"
    tables = [f"{folder}/{stage}/exclusions.tsv" for stage in ("inputs", "circuit")]
    if name in WITH_BULK:
        tables += [f"{folder}/bulk/{stage}_exclusions.tsv" for stage in ("matrix", "qc")]
        tables += [f"{folder}/bulk/de_exclusions/{key}.tsv" for key in contrasts_of(name)]
        tables += [
            f"{folder}/bulk/gsea_exclusions/{key}.tsv" for key in contrasts_of(name, enriched=True)
        ]
    if name in WITH_CELLS:
        contrasts = RUN.cohorts[name].single_cell.contrasts
        tables += [f"{folder}/single_cell/{stage}_exclusions.tsv" for stage in ("qc", "annotation")]
        tables.append(f"{folder}/circuit/source_exclusions.tsv")
        tables += [f"{folder}/single_cell/de_exclusions/{key}.tsv" for key in contrasts]
        tables += [
            f"{folder}/single_cell/gsea_exclusions/{key}.tsv"
            for key, contrast in contrasts.items()
            if contrast.enrichment
        ]
    if name in WITH_CLINICAL:
        tables.append(f"{folder}/clinical/exclusions.tsv")
    return tables


def reads_tables(name):
    """The table of libraries, where a cohort is counted from reads."""
    return [f"<results>/{name}/reads/libraries.tsv"] if RUN.cohorts[name].reads else []


def cohort_tables(name):
    """All tables that a cohort gets."""
    return [
        f"<results>/{name}/inputs/samples.tsv",
        f"<results>/{name}/inputs/genes.tsv",
        *reads_tables(name),
        *bulk_tables(name),
        *cell_tables(name),
        *circuit_tables(name),
        *clinical_tables(name),
        f"<results>/{name}/exclusions.tsv",
    ]
