"""Real public cells, taken through the single-cell stages by the package's own functions."""

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import anndata as ad
import pandas as pd
import pytest

from innervate.circuit.scores import score_cohort
from innervate.config.cell_settings import (
    Annotation,
    CellPolarization,
    CellQC,
    Embedding,
    Malignancy,
    Pseudobulk,
)
from innervate.config.cells import CellMatrix
from innervate.config.circuit import load_circuit
from innervate.config.settings import Scoring
from innervate.genes.cell_types import INPUT_LABEL, load_cell_types
from innervate.genes.sets import load_sets
from innervate.inputs.cell_samples import CellSource
from innervate.macrophages.cell_table import assemble_cells
from innervate.runtime.files import RESOURCES
from innervate.single_cell.embedding import embed
from innervate.single_cell.joining import join_samples, log_normalized
from innervate.single_cell.malignancy import call_malignant
from innervate.single_cell.opinions import annotate_cells
from innervate.single_cell.pseudobulk import sum_cells
from innervate.single_cell.sample import check_sample

SEED = 1


@dataclass
class RealCells:
    """One h5ad of all samples, each of which is taken for a patient's tumor."""

    path: Path
    species: str
    label: str
    column: str = "sample"
    qc: CellQC = field(default_factory=CellQC)

    def __post_init__(self):
        names = ad.read_h5ad(self.path, backed="r").obs[self.column].astype(str).unique()
        self.samples = pd.DataFrame(
            {"sample": sorted(names), "patient": sorted(names), "assay": "single_cell",
             "tissue": "tumor", "timepoint": "", "batch": ""}
        )  # fmt: skip
        self.sets = load_sets(self.species)
        self.circuit = load_circuit(RESOURCES / "circuits/neuroimmune.yaml")

    @cached_property
    def joined(self) -> ad.AnnData:
        matrix = CellMatrix(format="h5ad", path=str(self.path), sample_column=self.column)
        source = CellSource(matrix, None, None)
        checked = [
            check_sample(source, name, self.species, self.label, self.sets, self.qc, SEED).kept
            for name in self.samples["sample"]
        ]
        joined, _ = join_samples(checked, self.samples)
        joined.uns["species"] = self.species
        return log_normalized(joined)

    @cached_property
    def embedding(self) -> ad.AnnData:
        return embed(self.joined, Embedding(), SEED)

    @cached_property
    def annotation(self) -> pd.DataFrame:
        made = annotate_cells(
            self.joined, self.embedding, load_cell_types(), self.sets, Annotation(),
            None, None, SEED,
        )  # fmt: skip
        return made.cells

    @cached_property
    def assembled(self):
        malignant, _ = call_malignant(
            self.joined, self.annotation, load_cell_types(), Malignancy(), SEED
        )
        return assemble_cells(
            self.joined, self.embedding, self.annotation, malignant, self.circuit, self.sets,
            CellPolarization(), Scoring().min_coverage, SEED,
        )  # fmt: skip

    @cached_property
    def sums(self) -> ad.AnnData:
        return sum_cells(self.assembled.cells, self.samples, self.species)

    @cached_property
    def scored(self):
        return score_cohort(
            None, self.sums, self.assembled.table, self.circuit, self.sets, Scoring(),
            Pseudobulk().min_cells, SEED,
        )  # fmt: skip

    @property
    def confusion(self) -> pd.DataFrame:
        """Published labels against ours."""
        return pd.crosstab(self.joined.obs[INPUT_LABEL].astype(str), self.annotation["cell_type"])


@pytest.fixture(scope="session")
def mouse_tumor(shared) -> RealCells:
    """Return 800 immune cells of mouse lungs, of four kinds; no macrophage is among them."""
    qc = CellQC(floor_counts=200, floor_genes=100)
    return RealCells(shared / "data/mouse_tumor_immune/cells.h5ad", "mouse", "celltypes", qc=qc)


@pytest.fixture(scope="session")
def breast_tumor(shared) -> RealCells:
    """Return 302 cells of one breast tumor; nine of them are fibroblasts."""
    return RealCells(shared / "data/copykat_breast/cells.h5ad", "human", "copykat")
