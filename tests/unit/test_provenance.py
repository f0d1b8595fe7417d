"""Imports point one way; what a run was made from is recorded."""

import ast

from innervate import provenance
from innervate.digests import PACKAGE, imported_modules

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
