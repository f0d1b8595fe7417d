"""How it was made: methods, provenance."""

from __future__ import annotations

import base64
from urllib.parse import quote

import pandas as pd

from innervate.report import tables as t
from innervate.report.block import Block, Link, Links
from innervate.report.citations import numbered
from innervate.report.context import Context
from innervate.report.methods import methods
from innervate.report.text import counted, size, tally

FIGURES = (
    "The main figures for a paper, as SVG and PDF, with a table of their legends and sizes; "
    "`snakemake` makes them where no single file is asked for."
)
MULTIQC = "Quality control in MultiQC; `snakemake multiqc` makes the page."
ELSEWHERE = ("settings", "cohort", "edges", "numbers")
"""Entries of the record that are not shown as they are: settings stand under Methods, results
where they belong, and the cohort file may hold a user's free text and paths."""


def methods_text(context: Context) -> list[Block]:
    """What was done, and with which settings."""
    settings = context.settings.model_dump(mode="json")
    texts, cited = numbered(methods(context), context.circuit)
    references = [citation.reference() for citation in cited]
    frame = pd.DataFrame({"number": range(1, len(cited) + 1), "reference": references})
    columns = [t.whole("number", "No."), t.text("reference", wide=True)]
    listed = [f"{i}. {text}" for i, text in enumerate(references, start=1)]
    files = {
        "methods.txt": ("The text with its references.", "\n\n".join([*texts, *listed]) + "\n"),
        "references.bib": ("BibTeX.", "\n".join(citation.bibtex() for citation in cited)),
    }
    held = [Link(_held(text), name, note, name) for name, (note, text) in files.items()]
    return [
        *texts,
        t.table(frame, columns, "References."),
        Links(held),
        t.pairs(settings, "Settings of this cohort.", ("Setting", "Value")),
    ]


def _held(text: str) -> str:
    """A file that the page itself holds, as a link."""
    return f"data:text/plain;charset=utf-8;base64,{base64.b64encode(text.encode()).decode()}"


def provenance(context: Context) -> list[Block]:
    """Seed, commit, versions and checksums, as recorded by the run."""
    run = dict(context.results.run)
    if not run:
        return ["The run left no provenance file, so that versions and checksums are not known."]
    whole = {key: value for key, value in run.items() if key not in ELSEWHERE}
    facts = {key: value for key, value in whole.items() if not isinstance(value, dict | list)}
    blocks: list[Block] = [t.pairs(facts, "The run.", ("Fact", "Value"))] if facts else []
    titles = {
        "inputs": ("Input files.", ("File", "SHA-256")),
        "code": ("Code, by part of the package.", ("Part", "Digest")),
    }
    for key, value in whole.items():
        if isinstance(value, dict) and value:
            caption, headers = titles.get(key, (f"{key.capitalize()}.", ("Name", "Value")))
            blocks.append(t.pairs(value, caption, headers))
        elif isinstance(value, list) and value:
            blocks.append(t.whole_table(pd.DataFrame(value), f"{key.capitalize()}."))
    return blocks


def changes(context: Context) -> list[Block]:
    """What differs from the previous run of this cohort."""
    frame = context.results.changes
    if frame is None:
        return ["This is the first run of this cohort in this folder: there is none to compare."]
    if frame.empty:
        return ["Nothing that is recorded differs from the previous run."]
    kinds = tally(frame["kind"])
    edges = frame[frame["kind"] == "edge"]
    states = [edges[end].str.split(";").str[0] for end in ("before", "after")]
    moved = int((states[0] != states[1]).sum())
    columns = [
        t.text("kind"),
        t.text("name", "What", wide=True),
        t.text("before", "Previous run", wide=True),
        t.text("after", "This run", wide=True),
    ]
    caption = "What went in and what came out otherwise than in the previous run."
    return [
        f"Differences from the previous run: {kinds}. {counted(moved, 'edge')} changed status.",
        t.table(frame, columns, caption, lambda row: row["kind"] in ("edge", "key number")),
    ]


def downloads(context: Context) -> list[Block]:
    """Every table beside the page, with what a row is."""
    files = context.results.files
    if not files:
        return ["No table lies beside this page."]
    frame = pd.DataFrame(files)
    columns = [
        t.text("path", "File"),
        t.text("row", "One row is", wide=True),
        t.whole("rows", "Rows"),
        t.Column("Size", lambda row: size(row["size"])),
    ]
    caption = (
        "Tables beside this page, tab-separated unless they end in .parquet; "
        "what each column means is in workflow/schemas/tables."
    )
    beside = [
        Link("figures/figures.tsv", "figures/", FIGURES),
        Link("multiqc/multiqc_report.html", "multiqc/multiqc_report.html", MULTIQC),
    ]
    return [t.table(frame, columns, caption, link=lambda row: quote(row["path"])), Links(beside)]
