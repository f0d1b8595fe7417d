"""How it was made: exclusions, methods, provenance."""

from __future__ import annotations

import pandas as pd

from innervate.report import tables as t
from innervate.report.block import Block
from innervate.report.context import Context
from innervate.report.methods import methods
from innervate.report.text import plain


def exclusions(context: Context) -> list[Block]:
    """Everything that was left out; genes with one reason share a row."""
    frame = context.results.exclusions
    if frame.empty:
        return ["Nothing was left out."]
    genes = frame["level"] == "gene"
    keys = ["stage", "level", "reason"]
    grouped = (
        frame[genes]
        .groupby(keys, sort=True, dropna=False)["id"]
        .agg(["size", _joined])
        .reset_index()
    )
    grouped = grouped.rename(columns={"_joined": "id"})
    shown = pd.concat([frame[~genes].assign(size=1), grouped], ignore_index=True)
    columns = [
        t.text("stage", "Stage"),
        t.text("level", "Level"),
        t.whole("size", "How many"),
        t.text("reason", "Reason", wide=True),
        t.text("id", "Which", wide=True),
    ]
    levels = frame["level"].value_counts().sort_index()
    counts = ", ".join(f"{n:,} of level {plain(level)}" for level, n in levels.items())
    caption = f"All {len(frame):,} exclusions ({counts}); genes with one reason share a row."
    return [t.table(shown, columns, caption)]


def _joined(ids: pd.Series) -> str:
    return ", ".join(map(plain, ids))


def methods_text(context: Context) -> list[Block]:
    """What was done, and with which settings."""
    settings = context.settings.model_dump(mode="json")
    return [
        *methods(context),
        t.pairs(settings, "Settings of this cohort.", ("Setting", "Value")),
    ]


def provenance(context: Context) -> list[Block]:
    """Seed, commit, versions and checksums, as recorded by the run."""
    run = dict(context.results.run)
    if not run:
        return ["The run left no provenance file, so that versions and checksums are not known."]
    # The settings stand under Methods; the cohort file may hold a user's free text and paths.
    whole = {key: value for key, value in run.items() if key not in ("settings", "cohort")}
    facts = {key: value for key, value in whole.items() if not isinstance(value, dict | list)}
    blocks: list[Block] = [t.pairs(facts, "The run.", ("Fact", "Value"))] if facts else []
    titles = {"inputs": ("Input files.", ("File", "SHA-256"))}
    for key, value in whole.items():
        if isinstance(value, dict) and value:
            caption, headers = titles.get(key, (f"{key.capitalize()}.", ("Name", "Value")))
            blocks.append(t.pairs(value, caption, headers))
        elif isinstance(value, list) and value:
            blocks.append(t.whole_table(pd.DataFrame(value), f"{key.capitalize()}."))
    return blocks
