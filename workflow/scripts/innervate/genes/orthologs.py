"""Human genes and their mouse orthologs."""

from __future__ import annotations

from functools import cache

import pandas as pd

from innervate.runtime.files import RESOURCES


def load_orthologs() -> pd.DataFrame:
    """Load the ortholog pairs, at most one mouse gene a human gene.

    Returns
    -------
    DataFrame
        ``human_symbol, mouse_symbol, homology``: ``ensembl_one2one``; ``hcop``, where Ensembl
        has no one-to-one pair but at least four resources of HCOP agree; or ``curated``, out of
        ``resources/genes/ortholog_overrides.tsv``. Several human genes may share a mouse gene.
        A human gene without a row has no usable ortholog.
    """
    path = RESOURCES / "genes" / "orthologs.tsv.gz"
    return pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False)


@cache
def human_to_mouse() -> dict[str, str]:
    """Mouse symbol of each human symbol that has a usable ortholog."""
    frame = load_orthologs()
    return dict(zip(frame["human_symbol"], frame["mouse_symbol"], strict=True))
