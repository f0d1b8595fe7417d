"""``make calibrate``: how often the tests are wrong where nothing is, and right where something is.

Writes docs/calibration.tsv, docs/calibration.svg and docs/power.svg, and the numbers of
docs/calibration.md.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import numpy as np
import pandas as pd

from innervate.config.circuit import Circuit, load_circuit
from innervate.config.plan import Plan
from innervate.planning.figures import curves, rejections
from innervate.planning.trials import Study, repeat
from innervate.runtime.files import RESOURCES, write_text, write_tsv

DOCS = Path(__file__).resolve().parents[4] / "docs"
NO_CIRCUIT = "no circuit"
UNADJUSTED = "no circuit, not adjusted"
BROKEN = "each chain broken at its end"
CIRCUIT = "circuit"
NULL_PATIENTS, EFFECT, BROKEN_EFFECT = 60, 0.4, 0.7
SIZES = (20, 40, 80, 160)


def scenarios(circuit: Circuit, sizes: tuple[int, ...]) -> list[tuple[str, Study]]:
    """Studies that calibrate the tests of a circuit.

    In ``no circuit`` purity and batch are all that the nodes share; in ``not adjusted`` the tests
    are adjusted for neither, to show what that would cost. Chains have several links that must be
    null at once for a whole chain to be; their level is met where one link is null and the others
    strong, as in ``each chain broken at its end``.

    Parameters
    ----------
    circuit
        Which circuit.
    sizes
        Numbers of patients of the studies with a circuit.
    """
    assays = [
        m.assay for node in circuit.nodes.values() for m in node.measures if m.kind == "assay"
    ]
    plan = Plan(assays=assays)
    exact = plan.model_copy(update={"rna_reliability": 0.99, "assay_reliability": 0.99})
    nothing = circuit.model_copy(update={"edges": [], "paths": []})
    ends = {path[-1] for path in circuit.paths}
    kept = [edge for edge in circuit.edges if edge.target not in ends]
    broken = circuit.model_copy(update={"edges": kept, "paths": []})
    return [
        (NO_CIRCUIT, Study(nothing, circuit, plan, NULL_PATIENTS, 0.0)),
        (UNADJUSTED, Study(nothing, circuit, plan, NULL_PATIENTS, 0.0, adjusted=False)),
        (BROKEN, Study(broken, circuit, exact, 2 * NULL_PATIENTS, BROKEN_EFFECT)),
        *((CIRCUIT, Study(circuit, circuit, plan, size, EFFECT)) for size in sizes),
    ]


def calibrate(
    circuit: Circuit, replicates: int, seed: int, cores: int, sizes: tuple[int, ...] = SIZES
) -> pd.DataFrame:
    """Simulate every scenario.

    Parameters
    ----------
    circuit
        Which circuit.
    replicates
        Cohorts a scenario.
    seed, cores
        As for `innervate.planning.trials.repeat`.
    sizes
        Numbers of patients of the studies with a circuit.

    Returns
    -------
    DataFrame
        Columns of `innervate.planning.trials.repeat` after ``scenario`` and ``patients``.
    """
    tables = []
    for number, (scenario, study) in enumerate(scenarios(circuit, sizes)):
        found = repeat(study, replicates, seed + number, cores)
        if scenario == BROKEN:
            found = found[found["kind"] == "chain"]
        found.insert(0, "patients", study.patients)
        found.insert(0, "scenario", scenario)
        tables.append(found)
    return pd.concat(tables, ignore_index=True)


def rejected_by_kind(table: pd.DataFrame) -> str:
    """Markdown: shares of rejections and of intervals that hold the truth, where nothing is."""
    lines = ["| cohorts | tests | tests at 0.05 that reject | 95 % intervals that hold 0 |"]
    lines.append("|---|---|---|---|")
    for (scenario, kind), rows in table.groupby(["scenario", "kind"], sort=False):
        error = np.sqrt((rows["rejected_error"] ** 2).sum()) / len(rows)
        lines.append(
            f"| {scenario} | {len(rows)} {kind}s x {rows['replicates'].max()} | "
            f"{rows['rejected'].mean():.1%} ± {error:.1%} | {rows['coverage'].mean():.1%} |"
        )
    return "\n".join(lines)


def power_by_size(table: pd.DataFrame) -> str:
    """Markdown: power, bias and coverage of edges and chains by the number of patients."""
    sizes = sorted(table["patients"].unique())
    lines = ["| question | " + " | ".join(f"n = {size}" for size in sizes) + " | truth | bias |"]
    lines.append("|---" * (len(sizes) + 3) + "|")
    asked = table[table["kind"] != "association"]
    for name, rows in asked.groupby("name", sort=False):
        by_size = rows.set_index("patients")
        power = [
            f"{by_size.loc[size, 'rejected']:.0%}" if size in by_size.index else ""
            for size in sizes
        ]
        last = by_size.loc[by_size.index.max()]
        bias = f"{last['bias']:+.3f} ± {last['bias_error']:.3f}"
        lines.append(f"| {name} | {' | '.join(power)} | {last['truth']:.2f} | {bias} |")
    covered = asked.groupby("patients")["coverage"].mean()
    shares = " | ".join(f"{covered[size]:.1%}" for size in sizes)
    return "\n".join([*lines, f"| 95 % intervals that hold the truth | {shares} | | |"])


def _filled(page: str, marker: str, text: str) -> str:
    before, begin, rest = page.partition(f"<!-- {marker} -->")
    _, end, after = rest.partition("<!-- end -->")
    return f"{before}{begin}\n\n{text}\n\n{end}{after}"


def main() -> None:
    """Calibrate the shipped circuit and write the table and the figures of the docs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--replicates", type=int, default=400)
    parser.add_argument("--seed", type=int, default=20251024)
    parser.add_argument("--cores", type=int, default=os.cpu_count())
    parser.add_argument("--circuit", default=str(RESOURCES / "circuits/neuroimmune.yaml"))
    chosen = parser.parse_args()
    circuit = load_circuit(chosen.circuit)
    table = calibrate(circuit, chosen.replicates, chosen.seed, chosen.cores)
    write_tsv(table, DOCS / "calibration.tsv")
    nothing, planted = table[table["scenario"] != CIRCUIT], table[table["scenario"] == CIRCUIT]
    write_text(rejections(nothing), DOCS / "calibration.svg")
    write_text(curves(planted, "power"), DOCS / "power.svg")
    page = (DOCS / "calibration.md").read_text(encoding="utf-8")
    page = _filled(page, "null", rejected_by_kind(nothing))
    write_text(_filled(page, "power", power_by_size(planted)), DOCS / "calibration.md")


if __name__ == "__main__":
    main()
