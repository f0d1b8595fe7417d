"""What a reader can do with a page: sort, filter, save, explore, choose a patient, read an edge."""

import io
import re
import xml.etree.ElementTree as ET
from urllib.parse import quote

import pandas as pd
import pytest

from innervate.circuit.contracts import EDGES, PATIENTS
from innervate.report.text import interval, number, plain
from innervate.runtime.files import read_table

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def hostile(fake, page, tmp_path_factory):
    """Return the page of results with hostile names, as a file."""
    path = tmp_path_factory.mktemp("hostile") / "report.html"
    path.write_text(page, encoding="utf-8")
    return path


def table(opened, section):
    box = opened.page.locator(f"#{section} .table").first
    box.scroll_into_view_if_needed()
    return box


def column(box, place):
    return box.locator(f"tbody tr > :nth-child({place})").all_inner_texts()


def wait_until(opened, condition):
    """Wait for a condition, which the page's policy lets no text evaluate by itself."""
    for _ in range(100):
        if condition():
            return
        opened.page.wait_for_timeout(50)
    pytest.fail("it never came true")


def test_script_writes_rows_of_large_tables_as_python_does(open_page, hostile):
    plain = open_page(hostile, script=False)
    live = open_page(hostile)
    for section in ("patients", "contrasts"):
        still = table(plain, section).locator("tbody").inner_text()
        box = table(live, section)
        wait_until(live, lambda box=box: "of" in box.locator(".pages").inner_text())
        # Python's first rows, drawn anew from the packed columns.
        assert box.locator("tbody").inner_text() == still
    assert live.problems == []


def test_a_large_table_sorts_filters_and_saves(open_page, hostile, fake):
    opened = open_page(hostile)
    frame = read_table(fake.folder / "circuit/patients.tsv", PATIENTS)
    box = table(opened, "patients")
    heads = box.locator("thead th").all_inner_texts()
    place = next(i for i, head in enumerate(heads) if head.startswith("ATF4")) + 1
    click = box.locator(f"thead th:nth-child({place}) button")
    for ascending in (True, False):
        click.click()
        order = frame["atf4"].sort_values(ascending=ascending)
        wait_until(opened, lambda o=order: column(box, place) == [number(x) for x in o])
        sort = box.locator(f"thead th:nth-child({place})").get_attribute("aria-sort")
        assert sort == ("ascending" if ascending else "descending")
    box.locator("input").fill("P00")
    kept = frame[frame["patient"].str.contains("P00")]
    wait_until(opened, lambda: box.locator("tbody tr").count() == len(kept))
    with opened.page.expect_download() as download:
        box.get_by_text("Save as TSV").click()
    text = download.value.path().read_text(encoding="utf-8")
    saved = pd.read_csv(io.StringIO(text), sep="\t")
    assert len(saved) == len(kept)
    by_index = saved.set_index("Patient")["circuit_index"]
    expected = kept.set_index("patient")["circuit_index"]
    assert (by_index - expected).abs().max() < 1e-4
    assert opened.problems == []


def test_a_small_table_sorts_by_number_and_filters(open_page, hostile):
    opened = open_page(hostile)
    box = table(opened, "clinical")
    heads = [head.split("\u2195")[0].strip() for head in box.locator("thead th").all_inner_texts()]
    place = heads.index("p") + 1
    box.locator(f"thead th:nth-child({place}) button").click()
    shown = column(box, place)
    values = [float(x.replace("\u2212", "-")) for x in shown if x != "\u2013"]
    assert values == sorted(values)
    assert shown[len(values) :] == ["\u2013"] * (len(shown) - len(values))
    total = len(shown)
    box.locator("input").fill("overall_survival")
    wait_until(opened, lambda: 0 < box.locator("tbody tr").count() < total)


def test_a_patient_is_shown_with_nodes_and_no_clinical_value(open_page, hostile, fake):
    opened = open_page(hostile)
    box = table(opened, "patients")
    link = box.locator("tbody a").filter(has_text="<script>")
    wait_until(opened, lambda: link.count() == 1)
    link.click()
    shown = opened.page.locator(".patient")
    wait_until(opened, shown.is_visible)
    assert opened.page.url.endswith(f"#patient={quote(fake.hostile, safe=chr(39) + '()')}")
    words = shown.inner_text()
    assert fake.hostile in words
    frame = read_table(fake.folder / "circuit/patients.tsv", PATIENTS).set_index("patient")
    row = frame.loc[fake.hostile]
    ends = (row["circuit_index"], row["circuit_index_low"], row["circuit_index_high"])
    assert interval(*ends) in words
    assert number(row["atf4"]) in words
    assert "not measured" in words
    assert str(fake.secret_pain)[:4] not in words
    assert opened.problems == []


def test_a_patients_figure_is_saved_as_svg_png_and_tsv(open_page, hostile, fake, circuit):
    opened = open_page(hostile)
    opened.page.evaluate(f"location.hash = '#patient={quote(fake.hostile, safe='')}'")
    shown = opened.page.locator(".patient")
    wait_until(opened, shown.is_visible)
    saved = {}
    for kind in ("SVG", "PNG", "TSV"):
        with opened.page.expect_download() as download:
            shown.get_by_role("button", name=re.compile(f"^Save as {kind}")).click()
        saved[kind] = download.value.path().read_bytes()
    drawing = ET.fromstring(saved["SVG"])
    marks = [mark.get("style") for mark in drawing.iter() if mark.tag.endswith(("line", "circle"))]
    # Outside the page nothing else gives it colors.
    assert len(marks) > 10
    assert all(re.search(r"(fill|stroke): #[0-9a-f]{6}", mark) for mark in marks)
    assert "not measured" in list(drawing.itertext())
    assert saved["PNG"].startswith(b"\x89PNG")
    assert len(saved["PNG"]) > 5_000
    table = pd.read_csv(io.BytesIO(saved["TSV"]), sep="\t").set_index("node")
    row = read_table(fake.folder / "circuit/patients.tsv", PATIENTS).set_index("patient")
    for name in ("atf4", "slit2"):
        z = table.loc[plain(circuit.nodes[name].label), "z"]
        assert z == pytest.approx(row.loc[fake.hostile, name], abs=1e-4)
    assert opened.problems == []


def test_an_address_that_names_no_patient_says_so(open_page, hostile):
    opened = open_page(hostile)
    opened.page.evaluate("location.hash = '#patient=%3Cb%3Enobody%3C/b%3E'")
    shown = opened.page.locator(".patient h3")
    wait_until(opened, lambda: shown.count() and shown.inner_text() == "No patient <b>nobody</b>")


def test_every_plot_can_be_explored_without_a_request(open_page, hostile):
    opened = open_page(hostile)
    buttons = opened.page.get_by_role("button", name=re.compile("^Explore: "))
    assert buttons.count() >= 1
    for i in range(buttons.count()):
        buttons.nth(i).click()
        figure = opened.page.locator("figure:has(script.plot)").nth(i)
        wait_until(opened, lambda f=figure: f.locator(".explorer .main-svg").count() > 0)
        assert figure.locator(".card > svg").is_hidden()
        buttons.nth(i).click()
        wait_until(opened, figure.locator(".card > svg").is_visible)
    assert opened.problems == []
    assert opened.requests == []


def test_a_gene_is_found_in_the_volcano(open_page, hostile, fake):
    opened = open_page(hostile)
    figure = opened.page.locator("#contrasts figure:has(script.plot)").first
    figure.get_by_role("button", name=re.compile("^Explore")).click()
    search = figure.locator("input[type=search]")
    wait_until(opened, lambda: search.count() == 1)
    search.fill(fake.hostile)
    search.press("Enter")
    named = figure.locator(".annotation-text")
    wait_until(opened, lambda: named.count() > 0)
    assert fake.hostile in [text.replace("\u00a0", " ") for text in named.all_text_contents()]
    assert opened.problems == []


def test_figures_are_saved_as_svg_and_png(open_page, hostile):
    opened = open_page(hostile)
    figure = opened.page.locator("figure").first
    with opened.page.expect_download() as download:
        figure.get_by_role("button", name=re.compile("^Save as SVG")).click()
    text = download.value.path().read_text(encoding="utf-8")
    assert text.startswith("<svg")
    assert "var(" not in text
    with opened.page.expect_download() as download:
        figure.get_by_role("button", name=re.compile("^Save as PNG")).click()
    image = download.value.path().read_bytes()
    assert image.startswith(b"\x89PNG")
    assert len(image) > 5_000


def test_an_edge_tells_its_numbers_by_pointer_and_by_keyboard(open_page, hostile, fake):
    opened = open_page(hostile)
    row = read_table(fake.folder / "circuit/edges.tsv", EDGES).iloc[0]
    fact = f"{interval(row.estimate, row.ci_low, row.ci_high)}".replace(" (", " (95% interval ")
    tip = opened.page.locator(".tip")
    edge = opened.page.locator("a.edge").first
    edge.focus()
    wait_until(opened, tip.is_visible)
    assert fact in tip.inner_text()
    assert f"n = {row.n}" in tip.inner_text()
    opened.page.keyboard.press("Escape")
    wait_until(opened, tip.is_hidden)
    opened.page.locator(".badge").first.scroll_into_view_if_needed()
    edge.locator("path").nth(1).hover(force=True)
    wait_until(opened, tip.is_visible)
    opened.page.mouse.move(2, 2)
    edge.focus()
    opened.page.keyboard.press("Enter")
    assert opened.page.evaluate("location.hash") == "#step-1"
