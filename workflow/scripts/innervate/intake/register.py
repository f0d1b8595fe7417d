"""A cohort's line in config/config.yaml: whether it is there, and how it gets there."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path

import yaml

from innervate.config.load import read_yaml
from innervate.config.plain import PlainLoader, load_yaml
from innervate.runtime.errors import InnervateError
from innervate.runtime.files import atomic_path, write_text

CONFIG = Path("config/config.yaml")
KEY = "cohorts"
HEAD = "# What to run. Every key: docs/reference/configuration.md of Innervate.\n"
BARE = re.compile(r"[A-Za-z0-9_./][A-Za-z0-9_./-]*")
"""A path that needs no quotes in YAML."""


def is_registered(cohort_file: str | Path, config: Path = CONFIG) -> bool:
    """Whether the config of the working directory lists a cohort file, however its path is written.

    Parameters
    ----------
    cohort_file
        Path, from the working directory.
    config
        The config; where there is none, or it can't be read, no cohort is registered.
    """
    return _real(cohort_file) in map(_real, _listed(config))


def refuse_taken_name(cohort_file: str | Path, config: Path = CONFIG) -> None:
    """Refuse a cohort whose name the config gives to another file: both would have one folder.

    Raises
    ------
    InnervateError
        Naming the other file.
    """
    for other in _listed(config):
        if Path(other).stem == Path(cohort_file).stem and _real(other) != _real(cohort_file):
            msg = f"{config}: lists {other}, a cohort of that name, already; take another --name"
            raise InnervateError(msg)


def register(cohort_file: str | Path, config: Path = CONFIG) -> str:
    """Add a cohort file to the config; its comments and all other lines stay as they are.

    Parameters
    ----------
    cohort_file
        Path, from the working directory.
    config
        The config; it is made where there is none.

    Returns
    -------
    str
        What was done, or, where the file has a form that is not edited, the lines to add by hand.
    """
    path = os.path.normpath(cohort_file)
    if not config.exists():
        write_text(HEAD + _lines(path), config)
        return f"{config}: made, with {path} under `{KEY}`"
    if is_registered(path, config):
        return f"{config}: lists {path} already"
    others = _listed(config)
    # As bytes, so that no line ending changes.
    edited = _edited(config.read_bytes().decode(errors="surrogateescape"), path)
    if edited is None:
        return by_hand(path, config)
    # Where the config is a link, what it points to is written.
    with atomic_path(config.resolve()) as partial:
        partial.write_bytes(edited.encode())
        shutil.copymode(config, partial)
    return f"{config}: {path} added under `{KEY}`{_beside(others)}"


def _beside(others: list[str]) -> str:
    """What else will be run, and that a simulated cohort is pooled with real ones."""
    if not others:
        return ""
    text = f", beside {', '.join(others)}; take out what is not to be run"
    simulated = [one for one in others if (read_yaml(one)[0] or {}).get("simulation")]
    if simulated:
        text += f" ({', '.join(simulated)}: simulated, and pooled with yours if left in)"
    return text


def by_hand(cohort_file: str | Path, config: Path = CONFIG) -> str:
    """Say which line a person should add."""
    line = f"  - {_quoted(os.path.normpath(cohort_file))}"
    return f"{config}: `snakemake` runs this cohort once it is listed; add under `{KEY}`:\n{line}"


def _listed(config: Path) -> list[str]:
    """Cohort files of a config; none where it can't be read."""
    data, problems = read_yaml(config)
    listed = None if problems else data.get(KEY)
    return [str(one) for one in listed] if isinstance(listed, list) else []


def _real(path: str | Path) -> str:
    return os.path.realpath(path)


def _quoted(path: str, quote: bool = False) -> str:
    bare = BARE.fullmatch(path) and not quote and load_yaml(path) == path
    return path if bare else json.dumps(path, ensure_ascii=False)


def _lines(path: str) -> str:
    return f"{KEY}:\n  - {_quoted(path)}\n"


def _edited(text: str, path: str) -> str | None:
    """The config with the cohort added, or None where that can't be done for certain."""
    try:
        before = load_yaml(text)
        root = yaml.compose(text, Loader=PlainLoader)
        if before is None:
            edited = _appended(text, path)
        elif isinstance(before, dict):
            edited = _inserted(text, root, path)
        else:
            return None
        after = load_yaml(edited) if edited is not None else None
    except (yaml.YAMLError, ValueError):
        return None
    # Whatever the edit did to the text, it may have done only this to what the text says.
    wanted = {**(before or {}), KEY: [*((before or {}).get(KEY) or []), path]}
    return edited if after == wanted else None


def _inserted(text: str, root: yaml.MappingNode, path: str) -> str | None:
    node = next((value for key, value in root.value if key.value == KEY), None)
    if node is None:
        return None if root.flow_style else _appended(text, path)
    newline = "\r\n" if "\r\n" in text else "\n"
    if isinstance(node, yaml.ScalarNode) and node.value == "":
        # `cohorts:` with nothing after it.
        return _at(text, node.start_mark.index, f"{newline}  - {_quoted(path)}", True)
    if not isinstance(node, yaml.SequenceNode):
        return None
    last = node.value[-1] if node.value else None
    item = _quoted(path, quote=getattr(last, "style", None) == '"')
    if node.flow_style:
        # Before the closing bracket, where no comment can swallow it.
        start = node.end_mark.index - 1 if last is None else last.end_mark.index
        return _at(text, start, item if last is None else f", {item}")
    return _at(text, last.end_mark.index, f"{newline}{' ' * node.start_mark.column}- {item}", True)


def _appended(text: str, path: str) -> str:
    newline = "\r\n" if "\r\n" in text else "\n"
    gap = "" if not text or text.endswith("\n") else newline
    return text + gap + _lines(path).replace("\n", newline)


def _at(text: str, place: int, added: str, after_line: bool = False) -> str:
    """Put text in, or after the rest of the line, which may be a comment."""
    if after_line:
        ends = [found for found in (text.find(end, place) for end in "\r\n") if found >= 0]
        place = min(ends, default=len(text))
    return text[:place] + added + text[place:]
