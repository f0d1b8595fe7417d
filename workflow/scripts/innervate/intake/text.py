"""Lines of a cohort file, with comments that say what was guessed and what is to be filled in."""

from __future__ import annotations

import json
import textwrap
from typing import Any

from innervate.config.load import FILL_IN

WIDTH = 96
NOTHING = object()


class Lines:
    """Lines of YAML; values are written as JSON, which is YAML whatever text they hold."""

    def __init__(self):
        self._lines: list[str] = []

    def __bool__(self) -> bool:
        return bool(self._lines)

    def add(
        self, depth: int, key: str, comment: str = "", value: Any = NOTHING, guess: str = ""
    ) -> None:
        """Add a key, its value, and a comment before it.

        Parameters
        ----------
        depth
            How deep it is nested.
        key
            The key; one without a value ends in a colon.
        comment
            What a reader should know.
        value
            Text, number, list or mapping.
        guess
            Why the value was guessed; where the value is to be filled in, that is said instead.
        """
        space = "  " * depth
        if guess and value != FILL_IN:
            comment = f"guess: {guess}"
        elif guess:
            comment = comment or "to fill in: it could not be determined"
        self._comment(space, comment)
        if value is NOTHING:
            self._lines.append(f"{space}{key}")
        else:
            text = json.dumps(value, ensure_ascii=False)
            name = key if key.replace("_", "").isalnum() and key.isascii() else json.dumps(key)
            self._lines.append(f"{space}{name}: {text}")

    def item(self, depth: int, comment: str, entry: dict[str, Any]) -> None:
        """Add an entry of a list, a mapping, with a comment before it."""
        space = "  " * depth
        self._comment(space, comment)
        self._lines.append(f"{space}- {json.dumps(entry, ensure_ascii=False)}")

    def note(self, depth: int, comment: str) -> None:
        """Add a comment."""
        self._comment("  " * depth, comment)

    def _comment(self, space: str, comment: str) -> None:
        # A header of the data may hold anything, a line break included.
        clean = "".join(one if one.isprintable() else " " for one in comment)
        for line in textwrap.wrap(clean, WIDTH - len(space)):
            self._lines.append(f"{space}# {line}")

    def extend(self, other: Lines) -> None:
        """Add the lines of another part."""
        self._lines += other._lines

    def text(self) -> str:
        """The file."""
        return "\n".join(self._lines) + "\n"
