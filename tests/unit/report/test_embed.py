"""What is embedded in a page comes out again, and can't break out."""

import base64
import gzip
import json

import numpy as np
import pandas as pd
import pytest

from innervate.report import tables as t
from innervate.report.embed import columns_of, references, script_json


def unpacked(packed: dict) -> dict[str, list]:
    """Read packed columns back, as the page's script does."""
    data, columns, at = gzip.decompress(base64.b64decode(packed["gzip"])), {}, 0
    for column in packed["columns"]:
        part = data[at : at + column["bytes"]]
        at += column["bytes"]
        if column["type"] == "text":
            columns[column["name"]] = part.decode().split("\n")
        else:
            planes = np.frombuffer(part, dtype=np.uint8).reshape(8, packed["rows"])
            columns[column["name"]] = np.ascontiguousarray(planes.T).view("<f8").ravel().tolist()
    assert at == len(data)
    return columns


def test_columns_come_out_as_they_went_in():
    frame = pd.DataFrame({
        "gene": ["A", "two\nlines\tand a tab", None],
        "count": [0, 123_456_789, -3],
        "p": [1.2345678e-300, 0.0499996, np.nan],
        "fold": [np.inf, -np.inf, -0.5],
        "keep": pd.array([True, False, None], dtype="boolean"),
        "n": pd.array([7, None, 9], dtype="Int64"),
    })  # fmt: skip
    found = unpacked(json.loads(script_json(columns_of(frame))))
    assert found["gene"] == ["A", "two lines and a tab", ""]
    assert found["count"] == [0, 123_456_789, -3]
    assert found["p"][:2] == pytest.approx(frame["p"][:2].tolist(), rel=1e-5, abs=0)
    assert np.isnan(found["p"][2])
    assert found["fold"] == [np.inf, -np.inf, -0.5]
    assert found["keep"] == ["True", "False", ""]
    assert found["n"][0] == 7
    assert np.isnan(found["n"][1])


def test_numbers_read_to_four_digits_as_they_were():
    values = np.random.default_rng(1).lognormal(0, 8, 5_000) * np.tile([1, -1], 2_500)
    found = unpacked(columns_of(pd.DataFrame({"x": values})))["x"]
    assert np.abs(np.array(found) / values - 1).max() < 1e-5


def test_text_in_json_can_not_end_a_script():
    hostile = "</script><script>alert(1)</script><!-- \u2028 'q' \"q\" &"
    text = str(script_json({"a": [hostile]}))
    assert not set("<>&") & set(text)
    assert text.isascii()
    assert json.loads(text) == {"a": [hostile]}


def test_twenty_thousand_genes_take_less_than_half_a_megabyte():
    rng = np.random.default_rng(3)
    n = 20_000
    fold = rng.normal(0, 1, n)
    frame = pd.DataFrame({
        "gene": [f"GENE{i}" for i in range(n)], "base_mean": rng.lognormal(5, 2, n),
        "log2_fold_change": fold, "pvalue": rng.random(n) ** 3, "padj": rng.random(n),
    })  # fmt: skip
    columns = [
        t.text("gene"),
        *map(t.decimal, ("base_mean", "log2_fold_change")),
        *map(t.probability, ("pvalue", "padj")),
    ]
    table = t.big_table(frame, columns, "Genes.", "bulk/de/site.tsv", "de-site")
    assert len(script_json(table.header)) < 500_000
    assert len(table.first.rows) == t.FIRST_ROWS
    assert unpacked(table.packed)["gene"] == frame["gene"].tolist()


def test_a_worked_out_column_of_a_large_table_is_embedded_as_its_text():
    frame = pd.DataFrame({"a": [1.0, 2.0], "hidden": [5, 6]})
    twice = t.Column("Twice", lambda row: f"<{2 * row['a']:.0f}>")
    table = t.big_table(frame, [t.decimal("a"), twice], "Two.", "two.tsv", "two", ["hidden"])
    found = unpacked(table.packed)
    assert found[table.header["views"][1]["of"][0]] == ["<2>", "<4>"]
    assert found["hidden"] == [5, 6]
    assert [view["title"] for view in table.header["views"]] == ["A", "Twice"]


def test_references_are_found_however_deep():
    plot = {"data": [{"x": t.column_of("de", "p", "minus_log10"), "marker": {"size": [1, 2]}},
                     {"customdata": [t.column_of("de", "gene")]}], "layout": {}}  # fmt: skip
    assert references(plot) == {("de", "p"), ("de", "gene")}
