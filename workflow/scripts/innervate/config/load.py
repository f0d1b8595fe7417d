"""Loading of config and cohort files, with every problem listed at once."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from pydantic import BaseModel, ValidationError

from innervate.config.base import Name
from innervate.config.cohort import Cohort
from innervate.config.plain import load_yaml
from innervate.config.remote import Remote, checksum_problems, credential_problems, localize
from innervate.config.settings import Config, Settings
from innervate.runtime.errors import Problem, raise_if_any
from innervate.runtime.files import RESOURCES

RESERVED = ("plan", "references", "synthesis")
"""Folders of the results that are not a cohort's."""

FILL_IN = "FILL_IN"
"""Stands in a cohort file where only its owner knows the value; refused until it is replaced."""


class Run(NamedTuple):
    """A validated run: its config, its cohorts by name, and each cohort's settings.

    Addresses in the cohorts are replaced by the paths of their local copies; `remote` holds them.
    """

    config: Config
    cohorts: dict[str, Cohort]
    settings: dict[str, Settings]
    circuit: Path
    remote: dict[str, Remote]


def validate(model: type[BaseModel], data: Any, file: str) -> tuple[Any, list[Problem]]:
    """Validate parsed YAML against a model.

    Parameters
    ----------
    model
        A config model.
    data
        What the YAML parser gave.
    file
        Name to show in problems.

    Returns
    -------
    tuple
        The model instance (None where it is invalid), and all problems.
    """
    try:
        return model.model_validate(data), []
    except ValidationError as error:
        return None, [_problem(file, item) for item in error.errors()]


def _problem(file: str, item: Mapping[str, Any]) -> Problem:
    where = ".".join(str(part) for part in item["loc"])
    kind, message = item["type"], item["msg"].removeprefix("Value error, ")
    if kind == "extra_forbidden":
        return Problem(file, where, "a key that is not known", "only keys of docs/reference")
    if kind == "missing":
        return Problem(file, where, "nothing", "a value: this key is required")
    # Snakemake reads the config itself, and takes a bare `on` or a date for what it is in YAML.
    quote = kind == "string_type" and not isinstance(item["input"], list | dict)
    fix = "if it is meant as text, put it in quotes" if quote else ""
    return Problem(file, where, repr(item["input"])[:200], message, fix)


def read_yaml(path: str | Path) -> tuple[Any, list[Problem]]:
    """Parse a YAML file, plain words as text; a missing or broken file is a problem."""
    try:
        with open(path, encoding="utf-8") as handle:
            data = load_yaml(handle)
    except OSError as error:
        return None, [Problem(str(path), "", error.strerror or str(error), "a readable file")]
    except UnicodeDecodeError:
        return None, [Problem(str(path), "", "bytes that are not UTF-8", "text in UTF-8")]
    except (yaml.YAMLError, ValueError) as error:
        return None, [Problem(str(path), "", " ".join(str(error).split()), "valid YAML")]
    if not isinstance(data, dict):
        return None, [Problem(str(path), "", type(data).__name__, "a mapping of keys to values")]
    return data, []


def merge(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Lay `over` upon `base`: mappings are merged, anything else is replaced."""
    merged = dict(base)
    for key, value in over.items():
        both = isinstance(value, Mapping) and isinstance(merged.get(key), Mapping)
        merged[key] = merge(merged[key], value) if both else value
    return merged


def unfilled(data: Any, file: str, where: str = "") -> list[Problem]:
    """Problems for values of a parsed file that are still to be filled in."""
    if isinstance(data, Mapping):
        inner = [(str(key), value) for key, value in data.items()]
    elif isinstance(data, list):
        inner = [(str(number), value) for number, value in enumerate(data)]
    else:
        expected = "a value that only you know"
        fix = "replace FILL_IN; the comment above it says what is asked"
        return [Problem(file, where, FILL_IN, expected, fix)] if data == FILL_IN else []
    places = [(f"{where}.{key}" if where else key, value) for key, value in inner]
    return [problem for place, value in places for problem in unfilled(value, file, place)]


def _load_cohort(raw: Any, path: str) -> tuple[Cohort | None, list[Problem]]:
    cohort, problems = validate(Cohort, raw, path)
    open_places = unfilled(raw, path)
    # What else is wrong with such a value, or with it and another, is so because it is open.
    known = [problem.where for problem in open_places]
    others = [
        one
        for one in problems
        if not any(place == one.where or place.startswith(f"{one.where}.") for place in known)
    ]
    return cohort, [*open_places, *others]


def circuit_path(name: str) -> Path:
    """The file of a circuit: a name in resources/circuits, or a path as it is."""
    shipped = RESOURCES / "circuits" / f"{name}.yaml"
    return shipped if "/" not in name and shipped.is_file() else Path(name)


def load_run(data: Mapping[str, Any], source: str = "config/config.yaml") -> Run:
    """Validate the config and every cohort file that it names.

    Parameters
    ----------
    data
        The merged config, as Snakemake holds it.
    source
        Name to show in problems of the config itself.

    Raises
    ------
    InputError
        With every problem of the config and of all cohort files.
    """
    config, problems = validate(Config, data, source)
    cohorts: dict[str, Cohort] = {}
    settings: dict[str, Settings] = {}
    remote: dict[str, Remote] = {}
    if config is None:
        raise_if_any(problems)
    circuit = circuit_path(config.circuit)
    if not circuit.is_file():
        expected = "a name in resources/circuits, or the path of a circuit file"
        problems.append(Problem(source, "circuit", config.circuit, expected))
    for path in config.cohorts:
        name = Path(path).stem
        if name in cohorts:
            problems.append(Problem(source, "cohorts", f"two files named {name}", "one each"))
        problems.extend(_name_problems(name, path))
        raw, found = read_yaml(path)
        if not found:
            raw, remote[name] = localize(raw, name)
            cohorts[name], found = _load_cohort(raw, path)
            found += credential_problems(remote[name], path)
            found += checksum_problems(raw.get("checksums"), remote[name], path)
        if not found:
            shared = config.model_dump(include=set(Settings.model_fields))
            merged = merge(shared, cohorts[name].settings)
            settings[name], found = validate(Settings, merged, f"{path}: settings")
        problems.extend(found)
    raise_if_any(problems)
    return Run(config, cohorts, settings, circuit, remote)


def _name_problems(name: str, path: str) -> list[Problem]:
    from pydantic import TypeAdapter

    if name in RESERVED:
        return [Problem(path, "file name", name, f"not {', '.join(RESERVED)}", "rename the file")]
    try:
        TypeAdapter(Name).validate_python(name)
    except ValidationError:
        expected = "letters, digits, _ and -, beginning with a letter (it names a folder)"
        return [Problem(path, "file name", name, expected)]
    return []
