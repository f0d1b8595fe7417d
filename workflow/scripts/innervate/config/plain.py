"""YAML whose plain words stay words: what a user writes as a code reaches us as it was written.

YAML 1.1, which PyYAML speaks, takes `on`, `off`, `yes` and `no` for true or false, `012` for ten,
`12:30` for 750 and `2024-01-31` for a date. In a cohort file they are timepoints and codes of a
table that is read as text, so that they have to stay text. A key that asks for a number or for true
or false still gets one: the config models parse the text.
"""

from __future__ import annotations

import re
from typing import Any, TextIO

import yaml

TAG = "tag:yaml.org,2002:"


class PlainLoader(yaml.SafeLoader):
    """The safe loader, in which a plain scalar is text, a whole number or null.

    Null is an empty value, `~` and `null`; `NA`, `None` and `NULL` are text. A key that stands
    twice in a mapping is an error, where PyYAML would drop the first in silence.
    """

    yaml_implicit_resolvers: dict[str, list] = {}

    def compose_mapping_node(self, anchor: str | None) -> yaml.MappingNode:
        """As in PyYAML, then a look at the keys as they are written, before `<<` is followed."""
        node = super().compose_mapping_node(anchor)
        seen: dict[str, yaml.Mark] = {}
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                continue
            if key.value in seen:
                first, what = seen[key.value], f"the key {key.value!r} stands twice, first"
                raise yaml.composer.ComposerError(what, first, "and then", key.start_mark)
            seen[key.value] = key.start_mark
        return node


PlainLoader.add_implicit_resolver(f"{TAG}null", re.compile(r"(?:~|null|)$"), ["~", "n", ""])
# Only as Python writes it, so that the number can be turned back into the text of the file.
PlainLoader.add_implicit_resolver(
    f"{TAG}int", re.compile(r"(?:0|-?[1-9][0-9]{0,17})$"), list("-0123456789")
)
PlainLoader.add_implicit_resolver(f"{TAG}merge", re.compile(r"<<$"), ["<"])


def load_yaml(source: str | TextIO) -> Any:
    """Parse YAML of one document.

    Parameters
    ----------
    source
        Text, or an open file.

    Raises
    ------
    yaml.YAMLError
        Where it is not YAML, or asks for an object of Python.
    """
    return yaml.load(source, Loader=PlainLoader)
