"""The methods text, made from the settings and versions that were used."""

from __future__ import annotations

from innervate.config.contrast import Contrast
from innervate.report.cell_methods import cell_methods
from innervate.report.clinical_methods import clinical_methods
from innervate.report.context import Context
from innervate.report.text import counted, listed, percent, plain
from innervate.report.versions import version

UNITS = {
    "counts": "raw counts",
    "tpm": "TPM",
    "fpkm": "FPKM",
    "cpm": "CPM",
    "log2_tpm": "log2 TPM",
    "log2_expression": "log2 expression",
}


def methods(context: Context) -> list[str]:
    """Paragraphs that say what was done, for the parts that this cohort has.

    Returns
    -------
    list of str
        Plain text, one paragraph an entry.
    """
    results = context.results
    parts = [_inputs(context)]
    if results.qc is not None:
        parts += [_quality(context), _normalization(context)]
    if results.de:
        parts.append(_differential(context))
    if results.gsea:
        parts.append(_enrichment(context))
    if results.single_cell is not None:
        parts += cell_methods(context)
    if results.scores is not None:
        parts += [_scores(context), _patients(context)]
    if context.results.evidence:
        parts.append(_evidence(context))
    parts += clinical_methods(context)
    return parts


def _unit(context: Context) -> str:
    matrices = context.cohort.bulk.matrices if context.cohort.bulk else []
    return listed(dict.fromkeys(UNITS[matrix.unit] for matrix in matrices))


def _inputs(context: Context) -> str:
    unit, run = _unit(context), context.results.run
    matrix = (
        f" Bulk expression was read as {unit}. Gene ids were mapped to current approved symbols; "
        "genes that map to one symbol were merged; ids that map to none or to many were kept as "
        "they are."
        if unit
        else ""
    )
    return (
        f"Analyses were run with {version(context, 'innervate')} on Python "
        f"{run.get('versions', {}).get('python', '(version not recorded)')} by "
        f"{version(context, 'snakemake')} (Mölder and others 2021, "
        "doi:10.12688/f1000research.29032.2) with seed "
        f"{run.get('seed', '(not recorded)')}.{matrix} Every sample, patient, gene and gene set "
        "that was left out is listed under Exclusions."
    )


def _quality(context: Context) -> str:
    qc = context.settings.bulk_qc
    dropped = f"flagged {' or '.join(qc.drop)} were dropped" if qc.drop else "were kept in any case"
    counted_unit = _unit(context) == UNITS["counts"]
    uncounted = "" if counted_unit else "Thresholds of counts do not apply to this matrix. "
    return (
        f"Samples were flagged for a library below {qc.min_counts:,} counts, fewer than "
        f"{qc.min_genes:,} genes detected, shares of mitochondrial, ribosomal, hemoglobin or "
        f"top-50-gene counts above {percent(qc.max_mito_fraction)}, "
        f"{percent(qc.max_ribo_fraction)}, {percent(qc.max_hemoglobin_fraction)} and "
        f"{percent(qc.max_top_genes_fraction)}, a robust z (median and median absolute deviation) "
        f"beyond {qc.robust_z:g} within the tissue, a median Spearman correlation with the tissue "
        f"below {qc.min_correlation:g}, an expressed sex (XIST and Y-linked genes) other than the "
        "declared one or than that of the patient's other samples, or an epithelial signal in a "
        f"lymph node above {percent(qc.max_epithelial_in_tdln)} of the median tumor's. "
        f"{uncounted}"
        f"Samples {dropped}; samples with other flags were kept and are shown."
    )


def _normalization(context: Context) -> str:
    if _unit(context) == UNITS["counts"]:
        return (
            "Counts were normalized by median-of-ratios size factors and, for scores, "
            f"variance-stabilized ({version(context, 'pydeseq2')}; Love, Huber and "
            "Anders 2014, doi:10.1186/s13059-014-0550-8; Muzellec and others 2023, "
            "doi:10.1093/bioinformatics/btad547)."
        )
    return (
        f"Expression given as {_unit(context)} is not a count: it was scored on the log2 scale, "
        "and differential expression, which needs counts, was not run."
    )


def _differential(context: Context) -> str:
    settings = context.settings.differential_expression
    designs = []
    for name in context.results.de:
        contrast = context.contrast(name)
        if contrast is not None:
            designs.append(f"{name} ({contrast.formula.strip()}; {_tested(contrast)})")
    return plain(
        f"Differential expression used negative-binomial models of raw counts and two-sided Wald "
        f"tests ({version(context, 'pydeseq2')}) for {counted(len(designs), 'contrast')}: "
        f"{'; '.join(designs)}. Genes with at least {settings.min_count} counts in "
        f"{counted(settings.min_samples, 'sample')} (or as many as the smallest group has) were "
        "tested. P-values were corrected by Benjamini and Hochberg (1995, "
        "doi:10.1111/j.2517-6161.1995.tb02031.x) with independent filtering at "
        f"{percent(settings.alpha)}; fold changes were also shrunken with the apeglm prior "
        "(Zhu, Ibrahim and Love 2019, doi:10.1093/bioinformatics/bty895); figures, counts and "
        "gene sets rest on the fold changes that are not shrunken."
    )


def _tested(contrast: Contrast) -> str:
    if contrast.interaction:
        terms = listed(f"{key} {value}" for key, value in contrast.interaction.items())
        return f"interaction of {terms}"
    if contrast.numerator:
        return f"{contrast.variable}: {contrast.numerator} against {contrast.denominator}"
    return f"per unit of {contrast.variable}"


def _enrichment(context: Context) -> str:
    settings = context.settings.enrichment
    extra = ", ".join(settings.collections)
    added = f" and the declared collections ({extra})" if extra else ""
    return plain(
        "Genes ranked by the Wald statistic were tested for enrichment of the circuit's gene sets"
        f"{added} by preranked gene-set enrichment (Subramanian and others 2005, "
        f"doi:10.1073/pnas.0506580102; {version(context, 'gseapy')}; Fang, Liu and Peltz 2023, "
        "doi:10.1093/bioinformatics/btac757; "
        f"{settings.permutations:,} permutations of genes; sets with {settings.min_size} to "
        f"{settings.max_size} genes found). Permuting genes ignores their correlation, which makes "
        "these p-values optimistic."
    )


def _scores(context: Context) -> str:
    scoring, circuit = context.settings.scoring, context.circuit
    macrophages = (
        " Macrophages are called M1-like or M2-like where that state's gene set exceeds "
        f"{percent(circuit.polarization.raised_above)} of {scoring.random_sets:,} random sets "
        "matched on size, expression and spread, mixed where both do, low where neither does."
        if circuit.polarization
        else ""
    )
    return plain(
        f"Circuit: {circuit.title} (doi:{circuit.doi}); its file says how each node "
        "is measured. Of a node's measures, in order of directness, the first that the cohort can "
        "feed was used, plain or adjusted as the file says, and standardized within the tissue. A "
        f"gene counts as expressed where {percent(scoring.min_detection)} of the tissue's samples "
        f"detect it; a node is not measurable where fewer than {percent(scoring.min_coverage)} of "
        "a set's genes are expressed, or where the tissue has fewer than "
        f"{counted(scoring.min_samples, 'sample')}. A set was used without genes that stand at "
        f"the other end of its node's edges.{macrophages} Gene sets, their sources and the "
        "confidence in them are in resources/gene_sets."
    )


def _patients(context: Context) -> str:
    call = context.circuit.call
    everything = context.circuit.everything().values()
    tissues = dict.fromkeys(node.tissue for node in everything)
    signed = [node.label for node in context.circuit.nodes.values() if node.toward]
    return plain(
        f"A patient's circuit index is the mean z of {listed(signed)}, each signed as the circuit "
        "expects. Its 95% interval resamples the patient's nodes, and the genes of each "
        f"({context.settings.scoring.bootstrap:,} bootstrap draws) and is widened for nodes that "
        f"are few or lacking. With at least {counted(call.minimum_nodes, 'node')} measured, a "
        f"patient is called active where the whole interval lies above {call.active_above:g}, "
        f"inactive where it lies below {call.inactive_below:g}, and uncertain otherwise; "
        "where no node was measured, the call is not measured. Patients are those with a sample of "
        f"{listed(tissues)}, or with an assay of a node; whoever else stands in the clinical table "
        "is in no analysis."
    )


def _evidence(context: Context) -> str:
    edges, evidence = context.settings.edges, context.circuit.evidence
    composition = listed(context.names[name] for name in evidence.composition) or "no composition"
    return plain(
        "Each edge between measured nodes was estimated as a partial rank correlation; one that "
        "ends in a survival time by a Cox model, in a response by a logistic or proportional-odds "
        "model per standard deviation. Models hold, in this order, the covariates of the cohort, "
        f"{composition} of the ends' tissues, and the assay and batch of the samples, as far as "
        f"there were {evidence.patients_per_covariate} patients (or events) for each. An edge that "
        "could not be adjusted for all of the covariates of the cohort and the composition is "
        "called suggestive at most. Intervals are bias-corrected and accelerated "
        f"(Efron 1987, doi:10.1080/01621459.1987.10478410; {edges.bootstrap:,} bootstrap draws of "
        f"patients), p-values from {edges.permutations:,} permutations (Freedman and Lane 1983, "
        "doi:10.1080/07350015.1983.10509354; of the score for outcomes), corrected by Benjamini "
        "and Hochberg (1995, doi:10.1111/j.2517-6161.1995.tb02031.x) over the measurable edges. "
        "Specificity is the share of "
        f"{context.settings.scoring.random_sets:,} gene sets matched on size, expression and "
        "spread whose effect in the expected direction is smaller. Chains were tested by serial "
        "mediation on normal scores, the largest p-value of the links being that of the chain. "
        "Rival hypotheses were compared by the Bayesian information criterion."
    )
