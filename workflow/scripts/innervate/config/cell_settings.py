"""Analysis-wide settings of the single-cell branch."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from innervate.config.base import Fraction, Strict


class CellThresholds(Strict):
    """Fixed thresholds; what is not given is adaptive (median absolute deviations)."""

    min_counts: int | None = Field(None, ge=0)
    """Fewest counts of a cell."""
    max_counts: int | None = Field(None, ge=1)
    """Most counts of a cell."""
    min_genes: int | None = Field(None, ge=0)
    """Fewest genes of a cell."""
    max_mito_fraction: Fraction | None = None
    """Largest share of mitochondrial counts."""


class CellQC(Strict):
    """Which cells are kept, sample by sample."""

    floor_counts: int = Field(500, ge=0)
    """No adaptive threshold lets a cell with fewer counts through."""
    floor_genes: int = Field(200, ge=0)
    """No adaptive threshold lets a cell with fewer genes through."""
    deviations: float = Field(5.0, gt=0)
    """Median absolute deviations of log counts, log genes (both ways) and mitochondrial share
    (upward) beyond which a cell is dropped."""
    spare_mito_fraction: Fraction = 0.1
    """The adaptive mitochondrial threshold is never below this: some tissues vary hardly at all."""
    max_hemoglobin_fraction: Fraction = 0.2
    """Share of hemoglobin counts above which a cell is dropped as a red blood cell."""
    min_for_deviations: int = Field(50, ge=10)
    """Cells of a sample below which only the floors and fixed thresholds apply."""
    fixed: CellThresholds = CellThresholds()
    """Fixed thresholds for all samples, instead of adaptive ones."""
    fixed_by_sample: dict[str, CellThresholds] = {}
    """Fixed thresholds of single samples: {sample: {threshold: value}}."""
    drop_doublets: bool = True
    """Whether cells that Scrublet calls doublets are dropped."""
    doublet_rate: Fraction | None = None
    """Expected share of doublets; by default 0.008 for each 1,000 cells of the sample, as 10x
    Genomics states for its 3' kits."""
    min_for_doublets: int = Field(100, ge=30)
    """Cells of a sample below which doublets are not looked for."""


class Embedding(Strict):
    """From counts to neighbors, clusters and UMAP."""

    variable_genes: int = Field(2000, ge=100)
    """Highly variable genes, chosen within samples and ranked over them."""
    components: int = Field(30, ge=2, le=200)
    """Principal components; fewer where there are fewer cells or genes."""
    integration: Literal["auto", "none"] = "auto"
    """`auto` runs Harmony over samples where there are several; `none` never does."""
    neighbors: int = Field(15, ge=2)
    """Neighbors of each cell."""
    resolution: float = Field(1.0, gt=0)
    """Resolution of Leiden clustering."""


class Annotation(Strict):
    """Cell types by markers."""

    unassigned_score: float = Field(2.0)
    """Score (t value of a univariate linear model) that a cell of no known type is given: it
    competes with the types' scores."""
    min_confidence: Fraction = 0.6
    """Share of the evidence that the best type must have, else the cell is `unassigned`."""


class Malignancy(Strict):
    """Malignant cells by inferred copy number."""

    min_reference_cells: int = Field(50, ge=10)
    """Immune and stromal cells of the cohort below which nothing is called."""
    min_epithelial_cells: int = Field(10, ge=3)
    """Epithelial cells of a patient below which that patient's are not called."""
    window: int = Field(100, ge=10)
    """Genes, in order along a chromosome, that are averaged."""
    reference_share: Fraction = 0.95
    """Share of reference cells that a malignant cell's score exceeds."""
    clear_share: Fraction = 0.75
    """A cell that does not exceed this share of reference cells is called not malignant; between
    the two there is no call."""


class CellPolarization(Strict):
    """Macrophage states of single cells."""

    min_macrophages: int = Field(40, ge=10)
    """Macrophages of the cohort below which no cell is called."""
    min_posterior: float = Field(0.7, ge=0.5, lt=1)
    """Posterior probability from which a cell is called M1-like or M2-like; else intermediate."""
    min_separation: float = Field(1.5, gt=0)
    """Distance of two states' means, in their common SD, below which an axis has one state."""


class Pseudobulk(Strict):
    """Sums of cells by sample and cell type."""

    min_cells: int = Field(10, ge=1)
    """Cells of a type in a sample below which the sum is not used."""
    min_samples: int = Field(4, ge=2)
    """Samples with enough cells below which a cell type is not tested."""


class Interactions(Strict):
    """Ligand-receptor evidence (liana)."""

    background_pairs: int = Field(300, ge=20)
    """Random ligand-receptor pairs of liana's consensus resource beside the circuit's own."""
    min_cells: int = Field(10, ge=2)
    """Cells of a type in a sample below which the type takes no part there."""
    permutations: int = Field(100, ge=10)
    """Permutations of cell types behind each p-value."""
