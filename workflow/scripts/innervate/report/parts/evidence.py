"""The evidence for the circuit: edges, what could explain them, chains, rival hypotheses."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from innervate.config.evidence import SUGGESTIVE
from innervate.report import tables as t
from innervate.report.answer import note_of
from innervate.report.block import Block
from innervate.report.context import Context
from innervate.report.figures.edges import forest
from innervate.report.text import MISSING, counted, is_missing, number, p_value, plain

CAUTION = (
    "A cross-section can't show cause or order: what holds here is what the circuit predicts, "
    "not its proof."
)


def edges(context: Context) -> list[Block]:
    """Each edge with its evidence, and what could explain it away."""
    frame = context.results.evidence.get("edges")
    if frame is None or frame.empty:
        return ["No edge of the circuit was tested in this cohort."]
    names = _name(context)
    columns = [
        *_ends(context),
        t.Column("Expected", lambda row: "rises" if row["expected_sign"] > 0 else "falls", "text"),
        t.whole("n", "Patients"),
        t.estimate("estimate", "ci_low", "ci_high", "Effect (95% interval)"),
        t.probability("pvalue", "p"),
        t.probability("fdr", "FDR"),
        t.decimal("specificity", "Specificity"),
        t.text("status"),
        _listing("explained_by", "Explained by", names),
        _listing("covariates", "Adjusted for", names),
        _listing("unadjusted_for", "Not adjusted for", names),
        _note(names),
    ]
    caption = (
        "Each edge: partial rank correlation, or log odds or hazard ratio per standard deviation. "
        "Specificity is the share of matched random gene sets with a smaller effect. An edge that "
        "could not be adjusted for each declared confounder is suggestive at most. Supported, "
        "suggestive and contradicted edges are set in bold."
    )
    blocks: list[Block] = []
    if frame["estimate"].notna().any():
        blocks.append(forest(frame, _name(context)))
    strong = ("supported", SUGGESTIVE, "contradicted")
    blocks.append(t.table(frame, columns, caption, lambda row: row["status"] in strong))
    controls = context.results.evidence.get("edge_controls")
    if controls is not None and controls["estimate"].notna().any():
        blocks.append(_controls(controls[controls["estimate"].notna()], context))
    return blocks


def _controls(frame: pd.DataFrame, context: Context) -> t.Table:
    columns = [
        *_ends(context),
        t.renamed("control", context.names),
        t.whole("n", "Patients"),
        t.decimal("estimate_without", "Effect without it"),
        t.decimal("estimate", "Effect given it"),
        t.decimal("share_left", "Share left"),
    ]
    caption = (
        "Each edge given each program that could explain it; in bold where less than "
        f"{context.circuit.evidence.explained_below:g} of the effect is left."
    )
    return t.table(frame, columns, caption, lambda row: bool(row["explained"]))


def chains(context: Context) -> list[Block]:
    """Paths tested as a whole, the path model, and rival hypotheses."""
    evidence = context.results.evidence
    blocks: list[Block] = []
    chain = evidence.get("chain")
    if chain is not None and len(chain):
        names = _name(context)
        columns = [
            t.Column("Path", lambda row: _path(row["path"], names), "wide"),
            t.whole("n", "Patients"),
            t.estimate("indirect", "ci_low", "ci_high", "Indirect effect (95% interval)"),
            t.decimal("direct"),
            t.decimal("total"),
            t.probability("pvalue", "p"),
            t.Column("Links", lambda row: _links(row["links"]), "text"),
            _listing("unadjusted_for", "Not adjusted for", names),
            _note(names),
        ]
        caption = (
            "Serial mediation along each declared path, in standard deviations, its links one by "
            "one; p is the largest of the links'."
        )
        blocks += [CAUTION, t.table(chain, columns, caption)]
    fit = evidence.get("path_fit")
    if fit is not None and len(fit):
        blocks.append(_fit(fit.iloc[0]))
    rivals = evidence.get("hypotheses")
    if rivals is not None and rivals["bic"].notna().any():
        names = ("hypothesis", "n", "parameters", "delta_bic", "weight", "equivalent_to", "note")
        caption = (
            "The declared circuit against its reversal, common causes and no connection; a "
            "smaller Bayesian information criterion is better."
        )
        blocks.append(t.whole_table(rivals[list(names)], caption))
    elif rivals is not None and len(rivals):
        blocks.append(plain(f"Rival hypotheses were not compared: {rivals['note'].iloc[0]}."))
    return blocks or ["No path of the circuit was tested in this cohort."]


def _path(path: object, names: dict[str, str]) -> str:
    return " → ".join(names.get(node, plain(node)) for node in str(path).split(" > "))


def _links(links: object) -> str:
    known = [] if is_missing(links) else str(links).split(";")
    return ", ".join(number(float(link)) for link in known if link) or MISSING


def _fit(row: pd.Series) -> str:
    if pd.isna(row["chi2"]):
        return plain(f"The whole circuit was not fitted as one path model: {row['note']}.")
    note = "" if is_missing(row["note"]) else plain(f" Note: {row['note']}.")
    return (
        f"The whole circuit as one path model in {counted(int(row['n']), 'patient')}: "
        f"chi-squared {number(row['chi2'])} on {int(row['degrees_of_freedom'])} degrees of freedom "
        f"(p {p_value(row['pvalue'])}), CFI {number(row['cfi'])}, TLI {number(row['tli'])}, "
        f"RMSEA {number(row['rmsea'])}.{note}"
    )


def _name(context: Context) -> dict[str, str]:
    outcomes = {name: outcome.label for name, outcome in context.circuit.outcomes.items()}
    return {**context.names, **outcomes}


def _ends(context: Context) -> list[t.Column]:
    return [t.renamed(end, _name(context)) for end in ("source", "target")]


def _listing(name: str, title: str, names: Mapping[str, str]) -> t.Column:
    """A column of codes joined by semicolons, each shown by its name."""

    def told(row: t.Row) -> str:
        value = row.get(name)
        codes = [] if is_missing(value) else str(value).split(";")
        return plain("; ".join(names.get(code, code) for code in codes) or None)

    return t.Column(title, told, "wide")


def _note(names: Mapping[str, str]) -> t.Column:
    return t.Column("Note", lambda row: plain(note_of(row.get("note"), names) or None), "wide")
