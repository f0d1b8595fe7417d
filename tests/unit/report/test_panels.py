"""Static figures: column widths, small letters that stay text, the same bytes each time."""

import re
import xml.etree.ElementTree as ET
import zlib

import pandas as pd
import pytest

from innervate.report.context import Context
from innervate.report.data import load_results
from innervate.report.figures import journal
from innervate.report.panels import PANELS, panels, write_panels
from innervate.report.sections import SECTIONS

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def context(fake, circuit):
    """Return the made-up results."""
    return Context(load_results(fake.folder), fake.cohort, fake.settings, circuit)


@pytest.fixture(scope="module")
def found(context):
    """Return their panels."""
    return panels(context)


def test_panels_are_sections_of_the_report():
    assert set(PANELS) <= {section.anchor for section in SECTIONS}


def test_the_circuit_and_each_kind_of_panel_is_there(found):
    assert "circuit_1" in found
    assert {"edges_1", "patients_1", "clinical_1", "polarization_1", "contrasts_1"} <= set(found)


def test_widths_are_those_of_a_journals_columns(found):
    for name, panel in found.items():
        assert panel.height_mm <= journal.TALLEST, name
        points = panel.width_mm / 25.4 * 72
        if name == "circuit_1":
            # As large as its letters ask for.
            assert panel.width_mm <= journal.TWO_COLUMNS
        else:
            assert panel.width_mm in (journal.ONE_COLUMN, journal.TWO_COLUMNS)
            width = float(ET.fromstring(panel.svg).get("width").removesuffix("pt"))
            assert width == pytest.approx(points, abs=0.1)
        box = re.search(rb"/MediaBox \[ ?0 0 ([\d.]+) ([\d.]+)", panel.pdf)
        assert float(box[1]) == pytest.approx(points, abs=0.2)


def test_letters_are_text_of_five_to_seven_points_in_a_typeface_that_journals_take(found):
    for name, panel in found.items():
        root = ET.fromstring(panel.svg)
        texts = root.findall(f".//{SVG}text")
        assert texts, name
        scale = 1.0
        if name == "circuit_1":
            units = float(root.get("viewBox").split()[2])
            scale = panel.width_mm / 25.4 * 72 / units
        for text in texts:
            style = text.get("style", "")
            size = text.get("font-size") or re.search(r"font(?:-size)?: .*?([\d.]+)px", style)[1]
            assert 4.9 <= float(size) * scale <= 7.01, (name, text.text)
        assert b"'Arial', 'Helvetica'" in panel.svg.replace(b"&#39;", b"'")


def test_pdf_embeds_typefaces_whole_letters_and_not_outlines(found):
    for name, panel in found.items():
        fonts = set(re.findall(rb"/Subtype /(Type3|TrueType|CIDFontType2|Type1)\b", panel.pdf))
        assert fonts, name
        assert b"Type3" not in fonts


def test_the_same_results_give_the_same_bytes_without_a_date(context, found):
    again = panels(context, processes=2)
    assert again == found
    for panel in found.values():
        assert not re.search(rb"<dc:date|CreationDate|\d{4}-\d\d-\d\dT\d\d:", panel.svg)
        assert b"CreationDate" not in panel.pdf


def test_no_link_script_or_page_color_is_left(found):
    for panel in found.values():
        root = ET.fromstring(panel.svg)
        assert b"var(--" not in panel.svg
        assert not [e for e in root.iter() if e.tag in (f"{SVG}a", f"{SVG}script")]


def test_hostile_names_stay_text(found, fake):
    words = [text for panel in found.values() for text in ET.fromstring(panel.svg).itertext()]
    assert any(word.strip().startswith("<script>") for word in words)


def test_the_folder_is_replaced_whole_and_lists_its_figures(found, tmp_path):
    folder = tmp_path / "figures"
    folder.mkdir()
    (folder / "stale.svg").write_text("old")
    write_panels(found, folder)
    listed = pd.read_csv(folder / "figures.tsv", sep="\t")
    assert list(listed["figure"]) == list(found)
    assert listed["legend"].str.len().gt(20).all()
    names = {path.name for path in folder.iterdir()}
    assert {f"{name}.{kind}" for name in found for kind in ("svg", "pdf")} < names
    assert "stale.svg" not in names
    assert list(tmp_path.glob(".partial-*")) == []


def test_the_page_is_drawn_as_before(context):
    """Drawing for a journal leaves nothing behind."""
    blocks = {section.anchor: section.blocks for section in SECTIONS}["polarization"]
    before = [block.svg for block in blocks(context) if getattr(block, "kind", "") == "chart"]
    with journal.for_journal() as drawn:
        blocks(context)
    after = [block.svg for block in blocks(context) if getattr(block, "kind", "") == "chart"]
    assert before == after
    assert len(drawn) == len(before) > 0
    assert zlib.crc32(drawn[0].svg)
