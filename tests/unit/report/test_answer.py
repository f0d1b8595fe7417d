"""The answer says what the edges' table says, and the drawing shows it."""

import inspect
import re
import xml.etree.ElementTree as ET

import numpy as np
import pandas as pd
import pytest

from innervate.config.circuit import Circuit, load_circuit
from innervate.config.evidence import STATUSES, SUGGESTIVE, EdgeRule
from innervate.config.load import circuit_path
from innervate.report import answer
from innervate.report.figures import circuit as drawn
from innervate.report.figures import circuit_layout, evidence_map
from innervate.report.figures import edges as edge_forest
from innervate.report.figures.circuit_layout import BOX, lay_out

CIRCUITS = ("neuroimmune", "melanoma_cgrp")
SVG = "{http://www.w3.org/2000/svg}"


def made_up_edges(circuit: Circuit) -> pd.DataFrame:
    """Return a table of the circuit's edges in which every status occurs."""
    rng = np.random.default_rng(5)
    rows = []
    for i, edge in enumerate(circuit.edges):
        status = STATUSES[i % 5]
        lost = "stage;purity" if status == SUGGESTIVE else None
        known = status != "not measurable"
        value = rng.uniform(-0.9, 0.9)
        rows.append({
            "source": edge.source, "target": edge.target, "expected_sign": edge.sign,
            "n": 20 + i if known else 0, "estimate": value if known else np.nan,
            "ci_low": value - 0.31 if known else np.nan,
            "ci_high": value + 0.29 if known else np.nan,
            "pvalue": 0.01, "fdr": rng.random() ** 4 if known else np.nan,
            "specificity": rng.random() if known and i % 3 else np.nan, "status": status,
            "estimate_type": "partial_spearman" if known else None,
            "explained_by": None, "covariates": None, "unadjusted_for": lost, "note": None,
        })  # fmt: skip
    return pd.DataFrame(rows)


@pytest.fixture(params=CIRCUITS)
def shipped(request) -> Circuit:
    return load_circuit(circuit_path(request.param))


def read(text: str) -> float:
    return float(text.replace("\u2212", "-"))


def test_each_step_has_the_numbers_of_its_row(shipped):
    edges = made_up_edges(shipped)
    pattern = re.compile(
        r"partial rank correlation (\S+) \(95% interval (\S+) to (\S+)\), n = (\d+), FDR (\S+?)"
        r"(?:, specificity (\S+))?$"
    )
    for step, row in zip(
        answer.steps(shipped, edges.sample(frac=1, random_state=1)), edges.itertuples(), strict=True
    ):
        assert (step.source, step.target, step.status) == (row.source, row.target, row.status)
        if row.status == "not measurable":
            assert step.numbers == "no estimate"
            continue
        shown = pattern.match(step.numbers).groups()
        assert [read(x) for x in shown[:3]] == pytest.approx(
            [row.estimate, row.ci_low, row.ci_high], abs=0.00501
        )
        assert int(shown[3]) == row.n
        assert read(shown[4]) == pytest.approx(row.fdr, rel=0.06, abs=0.0051 * (row.fdr > 0.1))
        assert (shown[5] is None) == pd.isna(row.specificity)


@pytest.mark.parametrize(
    ("statuses", "sentence"),
    [
        ("ssim", "2 of 3 measurable steps of the circuit are supported here; none is "
                 "contradicted."),
        ("smmm", "The one measurable step of the circuit is supported here."),
        ("ssm", "All 2 measurable steps of the circuit are supported here."),
        ("scii", "The evidence is mixed: 1 of 4 measurable steps of the circuit supported, 1 "
                 "contradicted."),
        ("cimm", "None of 2 measurable steps of the circuit is supported here; 1 is contradicted."),
        ("iiim", "None of 3 measurable steps of the circuit is supported or contradicted here: the "
                 "evidence is inconclusive."),
        ("ssum", "2 of 3 measurable steps of the circuit are supported here; 1 is suggestive, as "
                 "not every declared confounder of it could be adjusted for; none is "
                 "contradicted."),
        ("scuu", "The evidence is mixed: 1 of 4 measurable steps of the circuit supported, 1 "
                 "contradicted; 2 are suggestive, as not every declared confounder of them could "
                 "be adjusted for."),
        ("cuim", "None of 3 measurable steps of the circuit is supported here; 1 is contradicted; "
                 "1 is suggestive, as not every declared confounder of it could be adjusted for."),
        ("uimm", "None of 2 measurable steps of the circuit is supported or contradicted here; 1 "
                 "is suggestive, as not every declared confounder of it could be adjusted for."),
        ("mmmm", "The circuit could not be tested here."),
        ("", "The circuit could not be tested here."),
    ],
)  # fmt: skip
def test_the_verdict_follows_from_the_statuses_alone(statuses, sentence):
    names = {status[0]: status for status in STATUSES}
    names |= {"s": "supported", "u": SUGGESTIVE, "m": "not measurable"}
    steps = [
        answer.Step("a", "b", ("A", "B"), 1, "", names[letter], "", "", "") for letter in statuses
    ]
    assert answer.verdict(steps, "here") == sentence


def test_the_paragraph_tells_direction_and_numbers_of_what_was_found(shipped):
    edges = made_up_edges(shipped)
    words = " ".join(answer.in_words(answer.steps(shipped, edges)))
    names = answer.node_names(shipped)
    for row in edges.itertuples():
        way = "higher" if row.estimate > 0 else "lower"
        fact = f"higher {names[row.source]} goes with {way} {names[row.target]} ("
        assert (fact in words) == (row.status in ("supported", SUGGESTIVE, "contradicted"))
    lost = re.findall(r"Suggestive \(unadjusted\): (.*?)\.(?= [A-Z])", words)[0].split("; higher")
    assert len(lost) == (edges["status"] == SUGGESTIVE).sum()
    purity = names["purity"]
    assert all(one.endswith(f"; not adjusted for stage and {purity})") for one in lost)


def test_an_edge_that_the_table_lacks_is_not_measurable(shipped):
    steps = answer.steps(shipped, made_up_edges(shipped).iloc[1:])
    assert steps[0].status == "not measurable"
    assert {step.status for step in answer.steps(shipped, None)} == {"not measurable"}


def test_every_edge_is_drawn_with_its_status_and_numbers(shipped):
    edges = made_up_edges(shipped)
    steps = answer.steps(shipped, edges)
    root = ET.fromstring(drawn.drawing(shipped, steps, set(shipped.nodes)))
    links = root.findall(f"{SVG}a")
    assert [link.get("href") for link in links] == [f"#step-{i + 1}" for i in range(len(steps))]
    looks = {}
    for link, step in zip(links, steps, strict=True):
        said = f"{step.title}: {step.status}; {step.numbers}"
        if step.status == SUGGESTIVE:
            said += f"; not adjusted for stage and {answer.node_names(shipped)['purity']}"
        assert link.find(f"{SVG}title").text == said
        line = link.findall(f"{SVG}path")[1]
        looks.setdefault(step.status, set()).add((line.get("stroke"), line.get("stroke-dasharray")))
        assert (link.find(f"{SVG}polygon") is not None) == (step.sign > 0)
    assert all(len(look) == 1 for look in looks.values())
    assert len({color for look in looks.values() for color, _ in look}) == len(STATUSES)
    assert len({dashes for look in looks.values() for _, dashes in look}) == len(STATUSES)
    assert [status for status, _ in drawn.key()] == list(STATUSES)


def test_every_status_has_a_mark_in_each_figure():
    assert set(drawn.LINES) == set(evidence_map.MARKS) == set(STATUSES)
    assert set(edge_forest.STATUS) == set(STATUSES) - {"not measurable"}


def test_boxes_stand_apart_and_no_edge_runs_through_one(shipped):
    layout = lay_out(shipped)
    centers = list(layout.centers.items())
    for i, (_, a) in enumerate(centers):
        for _, b in centers[i + 1 :]:
            assert abs(a[0] - b[0]) >= BOX[0] or abs(a[1] - b[1]) >= BOX[1]
    for edge, curve in zip(shipped.edges, layout.curves, strict=True):
        points = curve.points(60)
        assert (points >= 0).all()
        assert (points <= [layout.width, layout.height]).all()
        for name, center in centers:
            if name not in (edge.source, edge.target):
                inside = (np.abs(points - center) < np.array(BOX) / 2).all(axis=1)
                assert not inside.any(), f"{edge.source} > {edge.target} runs through {name}"


def test_nodes_stand_in_the_panel_of_their_place(shipped):
    layout = lay_out(shipped)
    panels = {panel.name: panel for panel in layout.panels}
    for name, (x, y) in layout.centers.items():
        node = shipped.nodes.get(name)
        panel = panels[(node.place or node.tissue) if node else circuit_layout.OUTCOMES]
        assert panel.x + BOX[0] / 2 <= x <= panel.x + panel.width - BOX[0] / 2
        assert panel.y + BOX[1] / 2 <= y <= panel.y + panel.height - BOX[1] / 2


def test_no_node_is_named_in_the_code_that_draws(shipped):
    for module in (drawn, circuit_layout, answer):
        words = set(re.findall(r"[\w-]+", inspect.getsource(module).lower()))
        assert words & {name.lower() for name in shipped.nodes} == set()


def test_a_circle_of_edges_is_drawn(circuit):
    data = circuit.model_dump()
    data["edges"] = [
        {"source": a, "target": b, "sign": 1}
        for a, b in (("atf4", "slit2"), ("slit2", "cgrp"), ("cgrp", "atf4"))
    ]
    data["paths"] = []
    assert len(lay_out(Circuit.model_validate(data)).curves) == 3


def test_what_support_takes_is_read_from_the_rule():
    rule = EdgeRule(direction="expected", fdr_below=0.05)
    assert "interval" not in answer.meaning(rule)
    strict = rule.model_copy(update={"interval_excludes_zero": True, "specificity_at_least": 0.9})
    assert "5%" in answer.meaning(strict)
    assert "leaves zero out" in answer.meaning(strict)
    assert "90%" in answer.meaning(strict)


def test_a_note_names_nodes_and_outcomes_and_not_their_codes():
    circuit = load_circuit(circuit_path("neuroimmune"))
    edges = made_up_edges(circuit)
    edges["note"] = [f"{edge.target}: 0 samples, 4 needed" for edge in circuit.edges]
    notes = {step.target: step.note for step in answer.steps(circuit, edges)}
    assert notes["cgrp"] == "CGRP (lymph node): 0 samples, 4 needed"
    assert notes["progression"] == "Progression or death: 0 samples, 4 needed"
    assert answer.note_of("12 patients: few", answer.node_names(circuit)) == "12 patients: few"
