"""Each module imports its own room and those below it; each folder is a room."""

import pytest

from innervate.runtime.digests import PACKAGE, imported_modules
from innervate.runtime.rooms import ROOMS

NAMES = [name for name, _ in ROOMS]
MODULES = [path for path in sorted(PACKAGE.rglob("*.py")) if path.parent != PACKAGE]


def test_each_folder_is_a_room():
    assert sorted(NAMES) == sorted(path.parent.name for path in PACKAGE.glob("*/__init__.py"))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_down(path):
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    module = ".".join(["innervate", *parts]).removesuffix(".__init__")
    allowed = NAMES[: NAMES.index(parts[0]) + 1]
    used = {name.split(".")[1] for name in imported_modules(module) if "." in name}
    # The report lists every table, also those of rooms above it: it alone reads the index.
    index = {"contracts"} if parts == ("report", "files") else set()
    assert used <= {*allowed, *index}
