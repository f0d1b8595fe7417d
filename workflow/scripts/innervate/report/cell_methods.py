"""The methods text of the single cells."""

from __future__ import annotations

from innervate.report.context import Context
from innervate.report.text import percent, plain
from innervate.report.versions import version


def cell_methods(context: Context) -> list[str]:
    """Paragraphs on quality control, embedding, cell types, states and tests.

    Returns
    -------
    list of str
        Plain text, one paragraph an entry.
    """
    return [plain(part(context)) for part in (_quality, _map, _types, _states, _tests)]


def _quality(context: Context) -> str:
    qc = context.settings.cell_qc
    rate = "0.8% for each 1,000 cells" if qc.doublet_rate is None else percent(qc.doublet_rate, 1)
    doublets = (
        f" Doublets were called by Scrublet ({version(context, 'scanpy')}; Wolf, "
        "Angerer and Theis 2018, doi:10.1186/s13059-017-1382-0; Wolock and others 2019, "
        f"doi:10.1016/j.cels.2018.11.005) at an expected rate of {rate}, and "
        f"{'dropped' if qc.drop_doublets else 'kept'}."
    )
    return (
        f"In each single-cell sample, cells were dropped beyond {qc.deviations:g} median absolute "
        "deviations of log counts or log genes, or above as many of the mitochondrial share (never "
        f"below {percent(qc.spare_mito_fraction)}), with fewer than {qc.floor_counts:,} counts or "
        f"{qc.floor_genes:,} genes, or with more than {percent(qc.max_hemoglobin_fraction)} "
        f"hemoglobin; fixed thresholds took precedence where they are declared.{doublets} Ambient "
        "RNA was estimated from empty droplets, where given, as what cells show of other lineages' "
        "markers; counts were not corrected for it."
    )


def _map(context: Context) -> str:
    settings = context.settings.embedding
    moved = (
        " The components were integrated over samples by Harmony "
        f"({version(context, 'harmonypy')}; "
        "Korsunsky and others 2019, doi:10.1038/s41592-019-0619-0)."
        if _integrated(context)
        else " The components were not integrated."
    )
    return (
        "Counts were scaled to 10,000 a cell and log-transformed. "
        f"{settings.variable_genes:,} highly variable genes, ranked over samples, gave up to "
        f"{settings.components} principal components.{moved} A graph of {settings.neighbors} "
        f"neighbors was clustered by Leiden (Traag, Waltman and van Eck 2019, "
        f"doi:10.1038/s41598-019-41695-z; resolution {settings.resolution:g}; "
        f"{version(context, 'igraph')}) and drawn by {version(context, 'umap-learn')} (McInnes and "
        "others 2018, doi:10.21105/joss.00861)."
    )


def _integrated(context: Context) -> bool:
    return "harmony" in set(context.results.single_cell.integration["representation"])


def _types(context: Context) -> str:
    annotation, malignancy = context.settings.annotation, context.settings.malignancy
    labels = context.cohort.single_cell.labels if context.cohort.single_cell else None
    used = (
        " The input's own labels were used in their place." if labels and labels.use == "replace"
        else ""
    )  # fmt: skip
    return (
        "Cell types were assigned by marker sets with a univariate linear model "
        f"({version(context, 'decoupler')}; Badia-i-Mompel and others 2022, "
        "doi:10.1093/bioadv/vbac016), averaged with each cell's neighbors, first lineages and then "
        f"types; a cell below a confidence of {annotation.min_confidence:g} was left unassigned."
        f"{used} Malignant cells are epithelial cells whose inferred copy-number profile "
        f"({version(context, 'infercnvpy')}; windows of {malignancy.window} genes, against the "
        "cohort's immune and stromal cells) goes along that of the patient's other epithelial "
        f"cells further than in {percent(malignancy.reference_share)} of reference cells, in "
        f"patients with at least {malignancy.min_epithelial_cells} epithelial cells."
    )


def _states(context: Context) -> str:
    settings = context.settings.cell_polarization
    return (
        "Macrophages were scored for M1-like and M2-like genes against control genes of like "
        "expression. A mixture in which each cell is high or low on each axis was fitted to all "
        "macrophages of the tumors, with as many states an axis as the Bayesian information "
        "criterion supports; a cell is called where its posterior reaches "
        f"{settings.min_posterior:g}. A sample's M2-like share has a beta-binomial 95% interval."
    )


def _tests(context: Context) -> str:
    pseudobulk, pairs = context.settings.pseudobulk, context.settings.interactions
    return (
        f"Cells were summed by sample and type ({pseudobulk.min_cells} cells or more) and tested "
        "as bulk samples are, type by type, so that samples and not cells are replicates. Shares "
        "of cell types were tested by linear models of their logit and of their centered log "
        "ratio. Ligands and receptors of the circuit were ranked sample by sample "
        f"({version(context, 'liana')}; Dimitrov and others 2024, doi:10.1038/s41556-024-01469-w) "
        f"beside {pairs.background_pairs:,} random pairs."
    )
