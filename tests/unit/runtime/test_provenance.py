"""Imports point one way; what a run was made from is recorded."""

import ast

from innervate.runtime import provenance
from innervate.runtime.digests import PACKAGE


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
