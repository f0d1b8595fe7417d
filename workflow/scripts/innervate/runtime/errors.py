"""What a user sees when the input is wrong: every problem at once, each with how to fix it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


class InnervateError(Exception):
    """An error whose message is written for the user; shown without a traceback."""


@dataclass(frozen=True, order=True)
class Problem:
    """One thing that is wrong with the input.

    Parameters
    ----------
    file
        The file it stands in, as the user named it.
    where
        The key, row or column, for example ``row 7, column patient``.
    found
        What stands there.
    expected
        What should stand there.
    fix
        What to do about it; may be empty where `expected` says it.
    """

    file: str
    where: str
    found: str
    expected: str
    fix: str = ""

    def __str__(self) -> str:
        lines = [
            f"{self.file}: {self.where}" if self.where else self.file,
            f"    found     {self.found}",
            f"    expected  {self.expected}",
        ]
        if self.fix:
            lines.append(f"    to fix    {self.fix}")
        return "\n  ".join(lines)


class InputError(InnervateError):
    """The input can't be used; carries every problem that was found.

    Parameters
    ----------
    problems
        At least one problem; duplicates are shown once, in the order given.
    """

    def __init__(self, problems: Iterable[Problem]):
        self.problems = list(dict.fromkeys(problems))
        count = len(self.problems)
        heading = f"{count} problem{'s' if count != 1 else ''} in the input:"
        super().__init__("\n\n  ".join([heading, *map(str, self.problems)]))


def raise_if_any(problems: Iterable[Problem]) -> None:
    """Raise `InputError` with all problems, or return where there are none.

    Raises
    ------
    InputError
        Where `problems` is not empty.
    """
    problems = list(problems)
    if problems:
        raise InputError(problems)
