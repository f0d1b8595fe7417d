"""Libraries as the methods text names them."""

from __future__ import annotations

from innervate.report.context import Context

TITLES = {
    "pydeseq2": "PyDESeq2",
    "gseapy": "GSEApy",
    "umap-learn": "UMAP",
    "liana": "LIANA",
    "snakemake": "Snakemake",
    "scanpy": "Scanpy",
}


def version(context: Context, name: str) -> str:
    """A library with the version that was recorded, for example ``PyDESeq2 0.5.3``."""
    recorded = context.results.run.get("versions", {}).get(name)
    title = TITLES.get(name, name)
    return f"{title} {recorded}" if recorded else title
