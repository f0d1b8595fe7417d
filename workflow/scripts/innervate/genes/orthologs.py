"""Human genes and their mouse orthologs."""

from __future__ import annotations

from functools import cache

import pandas as pd

from innervate.files import RESOURCES


@cache
def human_to_mouse() -> dict[str, str]:
    """Mouse symbol of each human symbol that has one clear ortholog.

    One-to-one pairs of Ensembl, then of HCOP, corrected by the curated overrides of
    ``resources/genes/ortholog_overrides.tsv``; a gene without an entry has no usable ortholog.
    """
    path = RESOURCES / "genes" / "orthologs.tsv.gz"
    frame = pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False)
    return dict(zip(frame["human_symbol"], frame["mouse_symbol"], strict=True))
