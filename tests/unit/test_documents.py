"""Documents: links lead somewhere, and what they name in the code is there."""

import re

import pytest
from documents import documents

from innervate.generate import ROOT
from innervate.reference import anchor

DEVELOPMENT = [path for path in documents(ROOT) if path.parent.name == "development"]
DEVELOPMENT.append(ROOT / "CONTRIBUTING.md")
NAMED = r"`([\w./-]+\.(?:py|smk|tsv|yaml|md|toml|lock|j2))`"
"""A file in backticks."""


def anchors(path) -> set[str]:
    return {anchor(line) for line in re.findall(r"^#+ (.*)", path.read_text(), re.M)}


@pytest.mark.parametrize("path", documents(ROOT), ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_to_files_and_headings(path):
    for target in re.findall(r"\]\(([^)\s]+)\)", path.read_text(encoding="utf-8")):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, heading = target.partition("#")
        file = (path.parent / name).resolve() if name else path
        assert file.exists(), target
        assert not heading or file.suffix != ".md" or heading in anchors(file), target


@pytest.mark.parametrize("path", DEVELOPMENT, ids=lambda path: path.name)
def test_paths_that_the_development_pages_name_exist(path):
    """Looked for from the repository, its package, rules and scripts; or a rule writes it."""
    package = ROOT / "workflow/scripts/innervate"
    rules = "".join(one.read_text() for one in (ROOT / "workflow/rules").glob("*.smk"))
    places = (ROOT, package, ROOT / "workflow/rules", ROOT / "workflow/scripts")
    for name in re.findall(NAMED, path.read_text()):
        written = name.split("/")[-1].replace("CONTRAST", "{contrast}")
        known = any((place / name).exists() for place in places)
        assert known or f"/{written}" in rules or (written.removesuffix(".tsv") in rules), name


def test_functions_that_the_development_pages_name_exist():
    """`module.py:name`, as the pages write it."""
    package = ROOT / "workflow/scripts/innervate"
    named = [
        found
        for path in DEVELOPMENT
        for found in re.findall(r"`([\w/]+\.py):(\w+)`", path.read_text())
    ]
    assert len(named) > 20
    for file, name in named:
        text = (package / file).read_text()
        assert re.search(rf"^(def|class) {name}\b|^{name}\b.*=", text, re.M), f"{file}:{name}"
