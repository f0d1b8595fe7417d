"""Strandedness from strands, sums and means over lanes, and what is flagged."""

import json

import pytest

from innervate.reads.contracts import LIBRARIES
from innervate.reads.libraries import LibraryFiles, infer_strandedness, library_table


@pytest.mark.parametrize(
    ("formats", "expected"),
    [
        ({"ISF": 950, "ISR": 50}, ("forward", 0.95, 1000)),
        ({"SR": 900, "SF": 100}, ("reverse", 0.1, 1000)),
        ({"ISF": 450, "ISR": 450, "SF": 30, "SR": 70}, ("unstranded", 0.48, 1000)),
        ({"ISF": 700, "ISR": 300}, ("unclear", 0.7, 1000)),
        ({"ISF": 199}, ("unclear", 1.0, 199)),
    ],
)
def test_strandedness_is_that_of_most_fragments(formats, expected):
    called, share, total = infer_strandedness(formats)
    assert (called, pytest.approx(share), total) == expected


def test_no_fragment_tells_nothing():
    called, share, total = infer_strandedness({})
    assert called == "unclear"
    assert share != share
    assert total == 0


@pytest.fixture
def library(tmp_path):
    """Return a function that writes the reports of a bulk library of two lanes."""

    def make(declared: str, mapped: int = 900, formats: dict | None = None) -> LibraryFiles:
        lanes = []
        for lane, (reads, q30, gc) in enumerate([(1000, 0.9, 0.4), (3000, 0.7, 0.6)]):
            part = {"total_reads": reads, "total_bases": reads * 50, "q30_bases": reads * 50 * q30}
            summary = {"fastp_version": "0.23.2", "before_filtering": part | {"gc_content": gc}}
            summary["after_filtering"] = part | {"total_reads": reads - 200}
            report = {"summary": summary, "duplication": {"rate": 0.2}}
            report["adapter_cutting"] = {"adapter_trimmed_reads": 100}
            lanes.append(tmp_path / f"{lane}.json")
            lanes[-1].write_text(json.dumps(report))
        (tmp_path / "aux_info").mkdir(exist_ok=True)
        meta = {"num_mapped": mapped, "num_processed": 1800, "num_decoy_fragments": 90}
        meta["salmon_version"] = "1.10.1"
        (tmp_path / "aux_info/meta_info.json").write_text(json.dumps(meta))
        formats = formats or {"ISR": 890, "ISF": 10}
        (tmp_path / "lib_format_counts.json").write_text(json.dumps(formats))
        counted = str(tmp_path / "aux_info/meta_info.json")
        return LibraryFiles("s", "1", "bulk", "paired", declared, list(map(str, lanes)), counted)

    return make


def test_lanes_are_summed_and_shares_weighted(library):
    row = LIBRARIES.conform(library_table([library("reverse")])).iloc[0]
    assert (row["lanes"], row["fragments"], row["fragments_kept"]) == (2, 2000, 1800)
    # A quarter of the bases in the first lane, three in the second.
    assert row["fraction_q30"] == pytest.approx(0.25 * 0.9 + 0.75 * 0.7)
    assert row["fraction_gc"] == pytest.approx(0.25 * 0.4 + 0.75 * 0.6)
    assert row["fraction_adapter"] == pytest.approx(200 / 4000)
    assert row["fraction_mapped"] == pytest.approx(0.5)
    assert row["fraction_decoy"] == pytest.approx(0.05)
    assert row["mean_length"] == 50
    assert row["flags"] == ""
    assert row["tools"] == "fastp 0.23.2;salmon 1.10.1"


def test_a_wrong_declaration_and_poor_mapping_are_flagged(library):
    row = library_table([library("forward", mapped=180)]).iloc[0]
    assert row["flags"] == (
        "declared forward, but is reverse: 1% of fragments are forward;only 10% of fragments map"
    )


def test_auto_declares_nothing(library):
    assert library_table([library("auto")]).iloc[0]["flags"] == ""
