"""All data contracts by name: for the report, for generated schemas and for tests.

Stages import the contracts that they need, not this index. A column may be added to a file; one
that is there is not renamed or dropped without a line in CHANGELOG.md.
"""

from __future__ import annotations

from innervate.bulk.contracts import BULK_QC, DE, GSEA, PCA
from innervate.circuit.contracts import (
    CHAIN,
    EDGE_CONTROLS,
    EDGES,
    HYPOTHESES,
    PATH_FIT,
    PATH_MODEL,
    PATIENTS,
)
from innervate.clinical.contracts import (
    ASSOCIATIONS,
    IMPUTED,
    JOINED,
    MISSING,
    SURVIVAL,
    SURVIVAL_CURVES,
    SURVIVAL_MODELS,
)
from innervate.inputs.clinical.contracts import CLINICAL, PAIN_OVER_TIME
from innervate.inputs.contracts import GENES, SAMPLES
from innervate.macrophages.contracts import MACROPHAGE_AXES, POLARIZATION
from innervate.planning.contracts import POWER
from innervate.prediction.contracts import (
    ARM_INTERACTIONS,
    BIOMARKERS,
    CALIBRATION,
    DECISION,
    PREDICTION,
    ROC,
)
from innervate.reads.contracts import LIBRARIES, READ_FILES, TRANSCRIPTS
from innervate.report.contracts import FIGURES
from innervate.runtime.contract import EXCLUSIONS, Table
from innervate.runtime.history import CHANGES
from innervate.scoring.contracts import AGREEMENT, BY_CELL_TYPE, HIGHEST, NODES, RNA_NODES, SCORES
from innervate.single_cell.contracts import (
    ANNOTATION,
    ANNOTATION_AGREEMENT,
    CELL_DE,
    CELL_GSEA,
    CELL_QC,
    CELL_SUMMARY,
    CELLS,
    CHECKED_CELLS,
    COMPOSITION,
    INPUT_GENES,
    INTEGRATION,
    LIGAND_RECEPTOR,
    MALIGNANT_CELLS,
    MALIGNANT_PATIENTS,
    THRESHOLDS,
)
from innervate.synthesis.contracts import (
    SYNTHESIS_ASSOCIATIONS,
    SYNTHESIS_EDGES,
    SYNTHESIS_FOREST,
    SYNTHESIS_MODERATORS,
)
from innervate.trials.contracts import AGENTS, TRIALS

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        SAMPLES,
        GENES,
        EXCLUSIONS,
        BULK_QC,
        LIBRARIES,
        DE,
        GSEA,
        SCORES,
        PATIENTS,
        POLARIZATION,
        CHANGES,
        CELL_QC,
        CELLS,
        CELL_DE,
        COMPOSITION,
        BY_CELL_TYPE,
        HIGHEST,
        LIGAND_RECEPTOR,
        EDGES,
        EDGE_CONTROLS,
        CHAIN,
        PATH_MODEL,
        PATH_FIT,
        HYPOTHESES,
        JOINED,
        PAIN_OVER_TIME,
        ASSOCIATIONS,
        SURVIVAL,
        SURVIVAL_CURVES,
        MISSING,
        IMPUTED,
        SURVIVAL_MODELS,
        AGENTS,
        TRIALS,
        BIOMARKERS,
        PREDICTION,
        ROC,
        CALIBRATION,
        DECISION,
        ARM_INTERACTIONS,
        SYNTHESIS_EDGES,
        SYNTHESIS_ASSOCIATIONS,
        SYNTHESIS_FOREST,
        SYNTHESIS_MODERATORS,
        POWER,
        READ_FILES,
        TRANSCRIPTS,
        PCA,
        ANNOTATION,
        ANNOTATION_AGREEMENT,
        CELL_GSEA,
        CELL_SUMMARY,
        CHECKED_CELLS,
        INPUT_GENES,
        INTEGRATION,
        MALIGNANT_CELLS,
        MALIGNANT_PATIENTS,
        THRESHOLDS,
        MACROPHAGE_AXES,
        AGREEMENT,
        NODES,
        RNA_NODES,
        CLINICAL,
        FIGURES,
    )
}
