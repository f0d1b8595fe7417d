"""Guesses about a clinical table: what is pain, outcome, response and covariate."""

from __future__ import annotations

import re
from collections.abc import Iterable

import pandas as pd

from innervate.config.circuit import Circuit
from innervate.config.load import FILL_IN
from innervate.inputs.clinical.identifiers import identifying_columns
from innervate.intake.guess import MISSING, Guess, present, words
from innervate.intake.text import Lines
from innervate.runtime.files import RESOURCES

ENDPOINTS = {
    "os": r"os|overall survival|death",
    "pfs": r"pfs|progression free survival|progression",
    "dfs": r"dfs|disease free survival",
    "rfs": r"rfs|recurrence free survival|relapse free survival",
    "dss": r"dss|disease specific survival",
}
UNITS = {"days": r"days?", "weeks": r"w(ee)?ks?", "months": r"months?|mo", "years": r"years?|yrs?"}
CODES = 3
"""Different values up to which a column can be the status of an endpoint."""
PAIN = r"pain|nrs|vas|bpi|dn4|lanss|pain ?detect|uw ?qol"
INSTRUMENTS = {"NRS": r"nrs", "DN4": r"dn4", "PAINDETECT": r"pain ?detect", "UW_QOL": r"uw ?qol"}
RECIST = ("PD", "SD", "PR", "CR")
NOT_EVALUABLE = ("NE", "NEV", "Not evaluable", "UNK", "Unknown")
ANSWERS = {RECIST: ["PR", "CR"], ("NR", "R"): ["R"]}
COVARIATES = {
    "age": (r"age( at diagnosis)?( years)?", "continuous"),
    "sex": (r"sex|gender", "categorical"),
    "hpv": (r"hpv( status)?|p16( status)?", "categorical"),
    "smoking": (r"smoking( status| history)?|tobacco", "categorical"),
    "burden": (r"(ns)? ?tmb( per ?mb)?|mutational burden", "continuous"),
}
STAGE = r"(ajcc |tumou?r |pathologic |clinical )?stage"
STAGES = ("I", "II", "III", "IV")


def choose_rows(table: pd.DataFrame, patient: str) -> dict[str, list[str]] | None:
    """Rows to keep so that each patient has one: none, a column's value, or None where none do."""
    if not table[patient].duplicated().any():
        return {}
    best, most = None, 0
    for column in table:
        for value in present(table[column]).unique() if table[column].nunique() <= CODES else ():
            rows = table[table[column] == value]
            if not rows[patient].duplicated().any() and len(rows) > most:
                best, most = {column: [value]}, len(rows)
    return best


def clinical_lines(table: pd.DataFrame, path: str, patient: Guess, circuit: Circuit) -> Lines:
    """The part `clinical` of a cohort file, every guess marked; nothing where none can be made.

    Parameters
    ----------
    table
        One row a patient (or several, of which one can be chosen), all text.
    path
        As the cohort file is to name it.
    patient
        Its column of patient codes.
    circuit
        For the assays that its nodes ask for.
    """
    lines = Lines()
    lines.add(0, "clinical:", "Only columns that are named here are read.")
    lines.add(1, "table", value=path)
    lines.add(1, "patient", value=patient.value, guess=patient.why)
    chosen = choose_rows(table, patient.value)
    if chosen is None:
        comment = "to fill in: patients have several rows; keep one each, as {visit: [baseline]}"
        lines.add(1, "where", comment, value={})
    elif chosen:
        lines.add(1, "where", value=chosen, guess="with it each patient has one row")
        column, values = next(iter(chosen.items()))
        table = table[table[column].isin(values)]
    dropped = [one for one in identifying_columns(table, list(MISSING)) if one != patient.value]
    if dropped:
        lines.add(1, "drop", value=dropped, guess="they look as if they identified people")
    usable = table.drop(columns=[*dropped, patient.value])
    declared = Lines()
    for part in (_pain, _endpoints, _response, _covariates):
        declared.extend(part(usable))
    declared.extend(_assays(usable, circuit))
    lines.extend(declared)
    return lines if declared else Lines()


def _numeric(values: pd.Series) -> bool:
    filled = present(values)
    return len(filled) > 0 and pd.to_numeric(filled, errors="coerce").notna().all()


def _pain(table: pd.DataFrame) -> Lines:
    known = pd.read_csv(
        RESOURCES / "clinical/pain_instruments.tsv", sep="\t", dtype=str
    ).set_index("instrument")  # fmt: skip
    lines = Lines()
    for column in table:
        said = words(column)
        if not re.search(rf"\b({PAIN})\b", said) or not _numeric(table[column]):
            continue
        instrument = next(
            (name for name, text in INSTRUMENTS.items() if re.search(rf"\b({text})\b", said)),
            FILL_IN,
        )
        direction = known["direction"].get(instrument, FILL_IN)
        if not lines:
            lines.add(1, "pain:", "A number from 0 on, and which end is bad: see the instruments "
                      "in docs/guide/clinic.md.")  # fmt: skip
        lines.add(2, f"{_name(said)}:")
        lines.add(3, "column", value=column, guess="by its name")
        lines.add(3, "instrument", value=instrument, guess="by the column's name")
        lines.add(3, "direction", value=direction, guess="as the instrument counts")
    return lines


def _endpoints(table: pd.DataFrame) -> Lines:
    lines = Lines()
    for name, pattern in ENDPOINTS.items():
        mine = [one for one in table if re.search(rf"\b({pattern})\b", words(one))]
        filled = {one: present(table[one]).unique() for one in mine}
        times = [one for one in mine if _numeric(table[one]) and len(filled[one]) > CODES]
        statuses = [one for one in mine if 1 < len(filled[one]) <= CODES]
        if not times or not statuses:
            continue
        unit = next(
            (unit for unit, text in UNITS.items() if re.search(rf"\b({text})\b", words(times[0]))),
            FILL_IN,
        )
        if not lines:
            lines.add(1, "endpoints:")
        lines.add(2, f"{name}:")
        lines.add(3, "time", value=times[0], guess="a number, by its name")
        lines.add(3, "status", value=statuses[0], guess="by its name and its few values")
        units = f"to fill in, of {times[0]}: {', '.join(UNITS)}"
        lines.add(3, "unit", units, value=unit, guess="by the column's name")
        codes = f"to fill in, never guessed; its values are {_listed(filled[statuses[0]])}"
        lines.add(3, "event", codes, value=FILL_IN)
        lines.add(3, "censored", codes, value=FILL_IN)
    return lines


def _response(table: pd.DataFrame) -> Lines:
    lines, missing = Lines(), {}
    for column in table:
        found = set(present(table[column])) - set(NOT_EVALUABLE)
        said = words(column)
        for levels, responders in ANSWERS.items():
            fits = len(found) > 1 and found <= set(levels) and found & set(responders)
            if not fits or not re.search(r"response|recist|bor|respon", said):
                continue
            if not lines:
                lines.add(1, "response:")
            kept = [level for level in levels if level in found]
            lines.add(2, f"{_name(said)}:")
            lines.add(3, "column", value=column, guess="by its name and values")
            lines.add(3, "levels", value=kept, guess="from worst to best")
            if len(kept) > len(responders):
                mine = [level for level in responders if level in found]
                lines.add(3, "responders", value=mine, guess="as trials count them")
            unknown = [code for code in NOT_EVALUABLE if (table[column] == code).any()]
            if unknown:
                meaning = "best overall response" if "bor" in said.split() else said
                missing[column] = {"meaning": meaning, "missing": unknown}
    if missing:
        lines.add(1, "dictionary", value=missing, guess="codes that say nothing of the response")
    return lines


def _covariates(table: pd.DataFrame) -> Lines:
    lines = Lines()
    declared = {}
    for column in table:
        for name, (pattern, kind) in COVARIATES.items():
            fits = kind == "categorical" or _numeric(table[column])
            several = present(table[column]).nunique() > 1
            if name not in declared and fits and several and re.fullmatch(pattern, words(column)):
                declared[name] = {"column": column, "kind": kind}
        found = set(present(table[column]))
        stages = [stage for stage in STAGES if stage in found]
        if "stage" not in declared and re.fullmatch(STAGE, words(column)):
            if found <= set(STAGES) and len(stages) > 1:
                declared["stage"] = {"column": column, "kind": "ordinal", "levels": stages}
            elif len(found) > 1:
                declared["stage"] = {"column": column, "kind": "categorical"}
    for name, covariate in declared.items():
        if not lines:
            lines.add(1, "covariates:")
        lines.add(2, name, value=covariate, guess="by its name and values")
    if declared:
        lines.add(1, "adjust_for", "Covariates of the adjusted models: yours to choose.", value=[])
    return lines


def _assays(table: pd.DataFrame, circuit: Circuit) -> Lines:
    lines = Lines()
    for node in circuit.everything().values():
        for measure in node.measures:
            if measure.kind != "assay":
                continue
            key = words(measure.assay).split()[0]
            column = next((one for one in table if key in words(one).split()
                           and _numeric(table[one])), None)  # fmt: skip
            if column is None:
                continue
            if not lines:
                lines.add(1, "assays:")
            lines.add(2, measure.assay, value={"column": column, "tissue": node.tissue},
                      guess=f"by its name; it would measure {node.label}")  # fmt: skip
    return lines


def _name(said: str) -> str:
    name = re.sub(r"\W+", "_", said)
    return name if re.match(r"[a-z]", name) else f"x_{name}"


def _listed(values: Iterable[str]) -> str:
    return ", ".join(sorted(map(str, values)))
