"""Columns of a matrix that describe genes and hold numbers: ids, coordinates, lengths.

They stand beside the samples and read like counts. By their names they are recognized for certain
enough to be proposed for `ignore_columns`; by what they hold only a suspicion is raised, and a
person decides: a sample is never left out because it looks odd.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

import numpy as np
import pandas as pd

from innervate.config.cohort import Matrix
from innervate.inputs.readers import Layout, aligned_sample, held_columns, layout_of
from innervate.inputs.tables import open_text
from innervate.runtime.errors import Problem

TEXT_FORMATS = ("matrix", "featurecounts", "nfcore")
"""Formats with a header of sample names, in which an annotation may stand beside them."""

_IDS = """
gene genes geneid geneids ensembl ensemblid ensemblgene ensemblgeneid ensgid geneidversion
ensemblgeneidversion ensemblversion entrez entrezid entrezgene entrezgeneid ncbi ncbiid ncbigene
ncbigeneid hgnc hgncid mgi mgiid rgdid hgncsymbol mgisymbol uniprot uniprotid refseq refseqid ucsc
ucscid locus locustag accession probe probeid probeset probesetid transcript transcriptid
ensembltranscriptid proteinid omim omimid genename genenames genesymbol genesymbols symbol symbols
hugosymbol description genedescription genetitle biotype genebiotype genetype transcriptbiotype
transcripttype alias aliases synonym synonyms ncbigeneformerlyentrezgeneid
"""
_PLACES = """
chr chrs chrom chromosome chromosomename chromosomescaffoldname seqname seqnames seqid contig
scaffold start starts startposition startpos startcoordinate genestart txstart transcriptstart
chromstart tss transcriptionstartsitetss end ends endposition endpos endcoordinate geneend txend
transcriptend chromend stop strand genestrand position pos band cytoband karyotypeband maplocation
"""
_SIZES = """
length lengths len genelength genelengths genelen transcriptlength txlength txlen cdslength cdslen
cdnalength exonlength exonlengths exoniclength unionexonlength mergedlength meanlength medianlength
maxlength avglength averagelength effectivelength effectivelengths efflength efflen width
genewidth lengthin genelengthin basepairs bp exons exoncount exoncounts exonnumber numexons nexon
nexons numberofexons transcriptcount transcriptscount numtranscripts ntranscripts txcount
transcriptlengthincludingutrsandcds gc gccontent gcpercent percentgc percentagegc pctgc
percentagegccontent percentagegenegccontent genegccontent genepercentgccontent
"""
_SUMMARIES = """
total totals sum sums mean means average avg median rowsum rowsums rowmean rowmeans basemean
meancounts totalcounts
"""
_ROWS = "index idx row rows rowid rowindex rownumber rownumbers rowname rownames rownum unnamed"
NAMES = frozenset(f"{_IDS}{_PLACES}{_SIZES}{_SUMMARIES}{_ROWS}".split())
"""Names of columns that are not samples, in lower case and without separators."""

ADDED = re.compile(r"(?:[._ ][xy]|[.:][ ]?\d+)$")
"""What R and pandas add to a name that is there twice, or to one that is missing."""
NUMBERED = re.compile(r"\.\d+$")
"""What they add to one that is there twice, and R makes of the hyphen of a sample `end-1`."""
UNIT = re.compile(r"(?:bp|kb|nt)$")

BY_NAME = "the name of an annotation of genes, or of a summary"
NUMERIC = 0.99
"""Share of a column's cells that are numbers, from which the column is one of numbers."""
FEWEST = 50
"""Genes below which what a column holds says nothing."""
MOST = 2_000
"""Genes whose order is compared."""
READ = 20_000
"""Genes that are read to find out what a column holds."""
RELATED = 0.5
"""Rank correlation from which two columns belong together; samples of one species reach it."""
UNRELATED = 0.3
"""Rank correlation below which a column that has as few zeros as the samples is suspect."""
FAR = 0.65
"""Share of the samples' usual correlation below which a column is none of them."""
FEW_ZEROS = 0.02
"""Share of zeros in each sample from which a column without any is suspect."""
MANY_ZEROS = 0.1
"""The same, from which it is suspect whatever its genes' order."""
COHESIVE = 0.6
"""Median rank correlation among the samples, below which no column is flagged."""


def named_annotation(name: str) -> bool:
    """Whether a column is by its name an annotation of genes, or a sum or mean of its row.

    Parameters
    ----------
    name
        As in the header; case, separators and a unit in base pairs do not matter.
    """
    squeezed = re.sub(r"[^a-z0-9]", "", ADDED.sub("", name).lower())
    return squeezed in NAMES or UNIT.sub("", squeezed) in NAMES


def named_annotations(names: Iterable[str]) -> list[str]:
    """Those of a header's names that are by their names no samples.

    A row of numbered names without the bare one, as `start.1, start.2`, is one of samples: `start`
    a second time would stand beside the first.

    Parameters
    ----------
    names
        Of columns of numbers, in order.
    """
    names = list(names)
    bases = Counter(NUMBERED.sub("", name) for name in names if NUMBERED.search(name))
    rows = {base for base, count in bases.items() if count > 1 and base not in names}
    return [
        name
        for name in names
        if named_annotation(name) and not (NUMBERED.search(name) and NUMBERED.sub("", name) in rows)
    ]


def no_samples(matrix: Matrix) -> dict[str, str]:
    """Columns of a text matrix that look like no sample, by their names or by what they hold.

    Parameters
    ----------
    matrix
        Of one of `TEXT_FORMATS`, with samples in columns.

    Returns
    -------
    dict
        Name of the sample that the column would be, and what was seen.
    """
    layout = layout_of(matrix.path)
    held = held_columns(matrix, layout.header)
    columns = read_columns(matrix.path, layout, held, READ)
    numbers = columns.loc[:, columns.apply(is_numeric)].apply(pd.to_numeric, errors="coerce")
    seen = dict.fromkeys(columns.columns.difference(numbers.columns, sort=False), "words")
    seen |= dict.fromkeys(named_annotations(numbers), BY_NAME)
    seen |= suspects(numbers.drop(columns=[name for name in seen if name in numbers]))
    if matrix.format == "featurecounts":
        return {aligned_sample(name): what for name, what in seen.items()}
    return seen


def read_columns(path: str, layout: Layout, names: list[str], count: int | None) -> pd.DataFrame:
    """Read columns of a text matrix by their names, as text; empty cells and `NA` are missing."""
    wanted = set(names)
    places = [at for at, name in enumerate(layout.header) if name in wanted]
    with open_text(path) as handle:
        frame = pd.read_csv(
            handle, sep=layout.separator, header=None, skiprows=layout.skipped, nrows=count,
            usecols=places, dtype=str, keep_default_na=False, na_values=["", "NA", "NaN"],
        )  # fmt: skip
    return frame.set_axis([layout.header[at] for at in places], axis=1)


def is_numeric(column: pd.Series) -> bool:
    """Whether a column of text holds numbers; a few gaps and odd cells do not make it words."""
    known = column.dropna()
    return bool(len(known)) and pd.to_numeric(known, errors="coerce").notna().mean() > NUMERIC


def unnamed_problems(matrix: Matrix) -> list[Problem]:
    """Columns without a name that hold something; where lines end in a separator they are empty.

    The first column may lack a name, as R and pandas write row names.
    """
    layout = layout_of(matrix.path)
    places = [at for at, name in enumerate(layout.header) if not name and at]
    if not places:
        return []
    with open_text(matrix.path) as handle:
        frame = pd.read_csv(
            handle, sep=layout.separator, header=None, skiprows=layout.skipped, dtype=str,
            usecols=places, keep_default_na=False,
        )  # fmt: skip
    return [
        Problem(matrix.path, f"column {at + 1}", "values, but no name in the header",
                "a name for each column", "name it, or take the column out")
        for at in places
        if frame[at].str.strip().ne("").any()
    ]  # fmt: skip


def suspects(values: pd.DataFrame) -> dict[str, str]:
    """Columns that hold what no sample holds.

    A column is suspect where it has one value for all genes (but zero: that is a failed sample),
    steps evenly from gene to gene, holds signs (-1 and 1), or goes with none of the samples and
    lacks their zeros, their fractions or their whole numbers. The samples are the largest group of
    columns that go together.

    Parameters
    ----------
    values
        Genes x columns, numbers; missing ones are passed over.

    Returns
    -------
    dict
        Column: what was seen, in words.
    """
    if len(values) < FEWEST:
        return {}
    alone = {name: what for name in values if (what := _alone(values[name]))}
    rows = np.unique(np.linspace(0, len(values) - 1, MOST).astype(int))
    return {**alone, **_unrelated(values.drop(columns=list(alone)).iloc[rows])}


def _alone(column: pd.Series) -> str:
    """What is odd in a column by itself."""
    known = column.dropna().to_numpy(dtype=float)
    if len(known) < FEWEST:
        return ""
    different, steps = np.unique(known), np.diff(known)
    if len(different) == 1:
        return f"the same value, {known[0]:g}, for every gene" if known[0] else ""
    if np.all(steps == steps[0]):
        return f"numbers that step by {steps[0]:g} from gene to gene"
    if set(different) <= {-1, 0, 1} and different[0] < 0:
        return f"only the values {', '.join(f'{value:g}' for value in different)}"
    return ""


def _unrelated(values: pd.DataFrame) -> dict[str, str]:
    """Columns that go with none of the samples, and do not look like them either."""
    related = values.corr(method="spearman").fillna(0.0)
    zeros = (values == 0).mean()
    seen = _without_zeros(related, zeros)
    rest = values.columns.difference(seen, sort=False)
    if len(rest) < 3:
        return seen
    samples = _samples(related.loc[rest, rest], zeros)
    among = _typical(related, samples)
    if among < COHESIVE:
        return seen
    for name in rest.difference(samples, sort=False):
        closest = related.loc[name, samples].max()
        odd = _unlike(values[name].dropna(), values[samples], closest)
        if odd:
            seen[name] = (
                f"{odd}; rank correlation with the samples at most {closest:.2f}, among the "
                f"samples {among:.2f}"
            )
    return seen


def _without_zeros(related: pd.DataFrame, zeros: pd.Series) -> dict[str, str]:
    """Columns without a zero, where all others have many and go together.

    Over all kinds of genes the length of a gene goes with its counts, and this alone parts them.
    """
    others = list(zeros.index[zeros > 0])
    if not others or zeros[others].min() < MANY_ZEROS:
        return {}
    odd = zeros.index[zeros == 0]
    if len(others) == 1:
        # One sample does not say how samples go together, but not at all is too little.
        odd = odd[related.loc[odd, others[0]] < UNRELATED]
    elif _typical(related, others) < COHESIVE:
        return {}
    return dict.fromkeys(odd, f"no zero, where each sample has at least {zeros[others].min():.0%}")


def _typical(related: pd.DataFrame, names: list[str]) -> float:
    """Median correlation among some columns; 0 where there is but one."""
    pairs = related.loc[names, names].to_numpy()[np.triu_indices(len(names), 1)]
    return float(np.median(pairs)) if len(pairs) else 0.0


def _samples(related: pd.DataFrame, zeros: pd.Series) -> list[str]:
    """The largest group of columns that are linked by correlation; of two, that with more zeros.

    Without those that only one of the group links to it, as the number of a gene's transcripts may
    link its length.
    """
    from scipy.sparse.csgraph import connected_components

    _, group = connected_components(related.to_numpy() >= RELATED, directed=False)
    groups = [related.columns[group == one] for one in np.unique(group)]
    largest = max(groups, key=lambda names: (len(names), zeros[names].mean()))
    typical = related.loc[largest, largest].median()
    return list(largest[typical >= FAR * typical.median()])


def _unlike(column: pd.Series, samples: pd.DataFrame, closest: float) -> str:
    """In what a column differs from the samples, other than in the order of its genes."""
    zeros, fewest = (column == 0).mean(), (samples == 0).mean().min()
    if not zeros and fewest > FEW_ZEROS:
        return f"no zero, where each sample has at least {fewest:.0%}"
    whole = samples.apply(_whole)
    if _whole(column) and not whole.any():
        return "whole numbers, unlike the samples"
    if not _whole(column) and whole.all():
        return "fractions, unlike the samples"
    if closest < UNRELATED and zeros <= fewest:
        return "numbers that go with none of the samples"
    return ""


def _whole(column: pd.Series) -> bool:
    return bool((column.dropna() % 1 == 0).all())
