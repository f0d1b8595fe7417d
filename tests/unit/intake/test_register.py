"""A new cohort's line in config/config.yaml: one line more, and nothing else changed."""

import json
from pathlib import Path

import pytest
import yaml

from innervate.intake.register import is_registered, refuse_taken_name, register
from innervate.runtime.errors import InnervateError

CONFIG = Path("config/config.yaml")
MINE = "config/cohorts/mine.yaml"


@pytest.fixture
def config(tmp_path, monkeypatch):
    """Write config/config.yaml in a working directory, and return what it holds after."""
    monkeypatch.chdir(tmp_path)
    CONFIG.parent.mkdir()

    def write(text):
        CONFIG.write_bytes(text.encode())

    return write


def added(before: str) -> str:
    """Register, and return the lines that the file has more; all others are as they were."""
    register(MINE)
    after = CONFIG.read_bytes().decode()
    assert is_registered(MINE)
    register(MINE)
    assert CONFIG.read_bytes().decode() == after, "a second time changes nothing"
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    assert [line for line in new if line in old] == old
    return "".join(line for line in new if line not in old)


BLOCKS = {
    "as shipped": "# why\ncohorts:\n  - config/cohorts/demo.yaml\n\n# circuit\ncircuit: x\n",
    "indentless": "cohorts:\n- a.yaml\nseed: 1\n",
    "comment after": "cohorts:\n    - a.yaml  # mine, and [yours]\n    # - b.yaml\nseed: 1\n",
    "last line without its end": "seed: 1\ncohorts:\n  - a.yaml",
    "windows": "cohorts:\r\n  - a.yaml\r\nseed: 1\r\n",
    "byte-order mark": "\ufeffcohorts:\n  - a.yaml\n",
    "quoted": 'cohorts:\n  - "a.yaml"\nseed: 1\n',
    "a key of that name elsewhere": "plan:\n  cohorts:\n    - x\ncohorts:\n  - a.yaml\n",
}


@pytest.mark.parametrize("name", BLOCKS)
def test_a_line_is_added_to_a_list(config, name):
    before = BLOCKS[name]
    config(before)
    if name == "last line without its end":
        register(MINE)
        assert CONFIG.read_text() == f"{before}\n  - {MINE}"
        return
    line = added(before)
    assert line.strip().strip("- ").strip('"') == MINE
    assert line.endswith("\r\n") == (name == "windows")
    assert yaml.safe_load(CONFIG.read_text("utf-8-sig"))["cohorts"][-1] == MINE


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("cohorts: [a.yaml]\n", f"cohorts: [a.yaml, {MINE}]\n"),
        ("cohorts: [a.yaml]   # [b]\n", f"cohorts: [a.yaml, {MINE}]   # [b]\n"),
        ("cohorts: [\n  a.yaml,  # one\n]\n", f"cohorts: [\n  a.yaml, {MINE},  # one\n]\n"),
        ("cohorts: []\n", f"cohorts: [{MINE}]\n"),
        ("cohorts:\nseed: 1\n", f"cohorts:\n  - {MINE}\nseed: 1\n"),
        ("cohorts:  # none yet\nseed: 1\n", f"cohorts:  # none yet\n  - {MINE}\nseed: 1\n"),
        ("seed: 1\n", f"seed: 1\ncohorts:\n  - {MINE}\n"),
        ("# only a comment\n", f"# only a comment\ncohorts:\n  - {MINE}\n"),
        ("", f"cohorts:\n  - {MINE}\n"),
        ('{"cohorts": ["a.yaml"]}\n', f'{{"cohorts": ["a.yaml", "{MINE}"]}}\n'),
    ],
)
def test_other_forms(config, before, after):
    config(before)
    register(MINE)
    assert CONFIG.read_text() == after
    if before.startswith("{"):
        json.loads(after)


@pytest.mark.parametrize(
    "text",
    [
        "shared: &all [a.yaml]\ncohorts: *all\n",
        "cohorts: a.yaml\n",
        "cohorts: {a: b}\n",
        "- a list\n",
        "cohorts: [a.yaml\n",
        "a: 1\n---\nb: 2\n",
        '{"seed": 1}\n',
    ],
)
def test_what_cannot_be_edited_for_certain_is_left_and_the_line_is_said(config, text):
    config(text)
    said = register(MINE)
    assert CONFIG.read_text() == text
    assert said.endswith(f"add under `cohorts`:\n  - {MINE}")


def test_a_config_is_made_where_there_is_none(config):
    assert "made" in register("./config/cohorts/../cohorts/mine.yaml")
    assert yaml.safe_load(CONFIG.read_text()) == {"cohorts": [MINE]}


def test_a_path_that_yaml_would_misread_is_quoted(config):
    config("cohorts:\n  - a.yaml\n")
    for path in ("my data/mine.yaml", "x #1/mine.yaml", "- y/mine.yaml", "ä/mine.yaml"):
        register(path)
        assert yaml.safe_load(CONFIG.read_text())["cohorts"][-1] == path


def test_a_link_and_its_mode_are_kept(config, tmp_path):
    shared = tmp_path / "shared.yaml"
    shared.write_text("cohorts:\n  - a.yaml\n")
    shared.chmod(0o664)
    CONFIG.symlink_to(shared)
    register(MINE)
    assert CONFIG.is_symlink()
    assert MINE in shared.read_text()
    assert shared.stat().st_mode & 0o777 == 0o664


def test_however_the_path_is_written(config, tmp_path):
    config(f"cohorts:\n  - {tmp_path}/config/cohorts/mine.yaml\n")
    assert is_registered(MINE)
    config(f"cohorts:\n  - ./{MINE}\n")
    assert is_registered(MINE)
    assert not is_registered("config/cohorts/other.yaml")


def test_a_simulated_cohort_beside_it_is_named(config):
    config("cohorts:\n  - demo.yaml\n")
    Path("demo.yaml").write_text("simulation: {patients: 60}\n")
    assert "demo.yaml: simulated, and pooled with yours if left in" in register(MINE)


def test_a_name_that_the_config_gives_to_another_file(config):
    config("cohorts:\n  - elsewhere/mine.yaml\n")
    with pytest.raises(InnervateError, match=r"elsewhere/mine\.yaml.*take another --name"):
        refuse_taken_name(MINE)
    refuse_taken_name("config/cohorts/other.yaml")
