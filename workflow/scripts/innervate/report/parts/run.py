"""How it was made: methods, provenance."""

from __future__ import annotations

import pandas as pd

from innervate.report import tables as t
from innervate.report.block import Block
from innervate.report.context import Context
from innervate.report.methods import methods


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
