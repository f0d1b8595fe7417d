"""Digests change when, and only when, code that a rule's script uses changes."""

import ast
import re
from modulefinder import ModuleFinder
from pathlib import Path

import pytest

from innervate.runtime import digests
from innervate.runtime.digests import PACKAGE, modules_behind, script_digest

SCRIPTS = sorted(path.stem for path in PACKAGE.parent.glob("*.py"))
MODULES = sorted(
    ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__")
    for path in PACKAGE.rglob("*.py")
)
_code = digests._code


def _forget():
    for cached in (digests._file_of, digests._source, digests._imports, digests._code):
        cached.cache_clear()


@pytest.fixture
def package(tmp_path, monkeypatch):
    """Return a little package, and a function that writes a file of it and gives the digests."""
    folder = tmp_path / "innervate"
    (folder / "inner").mkdir(parents=True)
    monkeypatch.setattr(digests, "PACKAGE", folder)
    files = {
        "innervate/__init__.py": "",
        "innervate/inner/__init__.py": "",
        "innervate/inner/b.py": '"""What it says."""\nX = 1\n',
        "innervate/a.py": "import numpy\ndef f():\n    from innervate.inner import b\n",
        "innervate/c.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n"
        "    from innervate.inner import b\nelse:\n    Y = 1\n",
        "one.py": "from innervate.a import f\nf(1)\n",
        "two.py": "import innervate.c\n",
    }

    def write(**changed):
        for name, text in (files | changed).items():
            (tmp_path / name).write_text(text)
        _forget()
        return {name: script_digest(name) for name in ("one", "two")}

    yield write
    _forget()


@pytest.mark.parametrize(
    ("file", "text", "moved"),
    [
        ("innervate/inner/b.py", '"""What it says."""\nX = 2\n', {"one"}),
        ("innervate/inner/b.py", '"""Otherwise."""\n\n# Why.\nX   = 1\n"""Of X."""\n', set()),
        ("innervate/c.py", "Y = 2\n", {"two"}),
        ("innervate/inner/__init__.py", "Z = 1\n", {"one"}),
        ("innervate/__init__.py", "Z = 1\n", {"one", "two"}),
        ("one.py", "from innervate.a import f\nf(2)\n", {"one"}),
        ("one.py", "# Why.\nfrom innervate.a import f\nf(1)\n", set()),
    ],
)
def test_edit(package, file, text, moved):
    before = package()
    after = package(**{file: text})
    assert {name for name in before if before[name] != after[name]} == moved


def test_values_count(package):
    """Constants that are alike but not the same, and text that is no docstring."""
    texts = ["X = 1", "X = 1.0", "X = True", "X = '1'", "X = None", "X = ()", "X = -1", "X = ''"]
    found = {package(**{"innervate/inner/b.py": text})["one"] for text in texts}
    assert len(found) == len(texts)


def test_unknown_script():
    with pytest.raises(FileNotFoundError, match="nowhere"):
        script_digest("nowhere")


@pytest.fixture(scope="module")
def seen():
    """Return the modules behind each script, as Python's own finder sees them in bytecode."""
    found = {}
    for script in SCRIPTS:
        finder = ModuleFinder(path=[str(PACKAGE.parent)])
        finder.run_script(str(PACKAGE.parent / f"{script}.py"))
        found[script] = {name for name in finder.modules if name.split(".")[0] == "innervate"}
    return found


def test_everything_imported(seen):
    for script, modules in seen.items():
        behind = set(modules_behind(script))
        assert behind <= modules
        # The finder follows imports for type checkers alone too.
        assert modules - behind <= _for_type_checkers(modules), script
        assert "innervate.runtime.log" in behind


@pytest.fixture(scope="module")
def before():
    """Return the digest of each script as it stands."""
    return {script: script_digest(script) for script in SCRIPTS}


@pytest.mark.parametrize("module", MODULES)
def test_module(module, before, monkeypatch):
    """A changed constant moves the digests of the scripts that import it, a docstring none."""
    path = digests._file_of(module)
    text = path.read_text()
    behind = {script for script in SCRIPTS if module in modules_behind(script)}
    for added, expected in (("\nADDED = 1\n", behind), ('\n"""Added."""  # Why.\n', set())):
        tree = ast.parse(text + added)
        monkeypatch.setattr(
            digests, "_code", lambda p, t=tree: digests._code_of(t) if p == path else _code(p)
        )
        assert {s for s in SCRIPTS if script_digest(s) != before[s]} == expected


def test_what_is_known_of_files_is_kept(package, tmp_path, monkeypatch):
    """A later process takes digests from the file that an earlier one left, by content."""
    before, kept, leave = package(), tmp_path / "kept/sources.json", []
    monkeypatch.setattr(digests, "_known", {})
    monkeypatch.setattr(digests.atexit, "register", leave.append)
    digests.recall(kept)
    assert package() == before
    leave[0]()
    monkeypatch.setattr(digests, "_known", {})
    digests.recall(kept)
    with monkeypatch.context() as unable:
        unable.setattr(digests.ast, "parse", None)
        assert package() == before
    kept.write_text("[]")
    digests.recall(kept)
    assert package()["one"] == before["one"]


def _for_type_checkers(modules):
    """Modules that some module imports under `if TYPE_CHECKING:`, with all behind them."""
    found = set()
    for module in modules:
        path = digests._file_of(module)
        for block in re.findall(r"^if TYPE_CHECKING:\n((?:    .*\n|\n)+)", path.read_text(), re.M):
            found |= set(re.findall(r"from (innervate[\w.]*) import", block))
    pending = set(found)
    while pending:
        new = digests.imported_modules(pending.pop()) - found
        found |= new
        pending |= new
    return found


def test_each_rule_digests_its_own_script(repo):
    for path in sorted((repo / "workflow/rules").glob("*.smk")):
        for rule in re.split(r"^rule ", path.read_text(), flags=re.M)[1:]:
            script = re.search(r'"\.\./scripts/(\w+)\.py"', rule)
            if script:
                assert f'code=code_of("{script[1]}")' in rule, rule.split(":")[0]


def test_no_script_is_without_a_rule(repo):
    rules = "".join(path.read_text() for path in Path(repo / "workflow/rules").glob("*.smk"))
    assert set(re.findall(r'"\.\./scripts/(\w+)\.py"', rules)) == set(SCRIPTS)
