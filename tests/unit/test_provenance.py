"""Digests change when, and only when, code that a module uses changes."""

import ast

import pytest

from innervate import provenance
from innervate.provenance import PACKAGE, imported_modules, source_digest


@pytest.fixture
def package(tmp_path, monkeypatch):
    """Return a little package in which a imports b, and c stands alone."""
    folder = tmp_path / "innervate"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "a.py").write_text("from innervate import b\nimport numpy\n")
    (folder / "b.py").write_text("X = 1\n")
    (folder / "c.py").write_text("Y = 1\n")
    monkeypatch.setattr(provenance, "PACKAGE", folder)

    def digests():
        provenance._file_of.cache_clear()
        provenance.imported_modules.cache_clear()
        return {name: source_digest(f"innervate.{name}") for name in "abc"}

    yield folder, digests
    provenance._file_of.cache_clear()
    provenance.imported_modules.cache_clear()


def test_an_edit_reaches_what_imports_it_and_nothing_else(package):
    folder, digests = package
    before = digests()
    (folder / "b.py").write_text("X = 2\n")
    after = digests()
    assert {name for name in before if before[name] != after[name]} == {"a", "b"}


def test_an_unknown_module_is_an_error():
    with pytest.raises(ModuleNotFoundError, match=r"innervate\.nowhere"):
        source_digest("innervate.nowhere")


LAYERS = [
    "config",
    "genes",
    "inputs",
    "reads",
    "bulk",
    "single_cell",
    "scoring",
    "circuit",
    "clinical",
    "report",
    "planning",
]


def test_imports_point_one_way():
    """Each package imports only itself and those below it."""
    wrong = []
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        if parts[0] not in LAYERS:
            continue
        for name in imported_modules(".".join(["innervate", *parts])):
            target = name.split(".")[1:2]
            below = target and target[0] in LAYERS[: LAYERS.index(parts[0]) + 1]
            if target and target[0] in LAYERS and not below:
                wrong.append(f"{'.'.join(parts)} imports {name}")
    assert wrong == []


def test_the_package_never_imports_snakemake():
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in getattr(node, "names", [])]
            names.append(getattr(node, "module", None) or "")
            if isinstance(node, ast.Import | ast.ImportFrom):
                assert not any(name.split(".")[0] == "snakemake" for name in names), path


def test_digests_that_are_known_already_stand_beside_those_made(tmp_path):
    path = tmp_path / "a.tsv"
    path.write_text("x\n")
    described = provenance.describe_run([path], {"b.fastq.gz": "00ff"})
    assert described["inputs"] == {str(path): provenance.sha256(path), "b.fastq.gz": "00ff"}
