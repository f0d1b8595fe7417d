"""Addresses in a cohort file: where their copies lie, and what is refused."""

import pytest

from innervate.config.remote import (
    address_of,
    checksum_problems,
    credential_problems,
    is_copy,
    is_remote,
    local_copy,
    localize,
)

RAW = {
    "samples": {"table": "s3://bucket/sheet.tsv"},
    "bulk": {"matrices": [{"format": "gdc", "folder": "https://host/data/", "file_column": "id"}]},
    "clinical": {"table": "clinic.csv", "patient": "https://no.path/but.a.name"},
}


@pytest.mark.parametrize(
    ("place", "remote"),
    [
        ("https://h/x", True), ("s3://b/x", True), ("ftp://h/x", True), ("gs://b/x", True),
        ("data/x.csv", False), ("/abs/x.csv", False), ("file:///etc/passwd", False),
    ],
)  # fmt: skip
def test_which_places_are_addresses(place, remote):
    assert is_remote(place) is remote


@pytest.mark.parametrize(
    ("address", "path"),
    [
        ("https://host/a/x.csv.gz", "host/a/x.csv.gz"),
        ("https://host/../../etc/passwd", "host/etc/passwd"),
        ("https://u:secret@host/x.csv", "host/x.csv"),
        ("https://host/data/1b5f#cdr.xlsx", "host/data/1b5f/cdr.xlsx"),
        ("s3://bucket/a b/x.h5", "bucket/a_b/x.h5"),
    ],
)
def test_a_copy_stays_in_its_folder_and_keeps_its_ending(address, path):
    assert local_copy(address, "mine") == f"data/mine/fetched/{path}"
    assert is_copy(local_copy(address, "mine"))


def test_addresses_that_differ_in_their_query_have_copies_of_their_own():
    one, other = (local_copy(f"https://host/get.csv?acc={n}", "mine") for n in (1, 2))
    assert one != other
    assert one.endswith("/get.csv")


def test_only_keys_that_name_inputs_are_replaced():
    raw, remote = localize(RAW, "mine")
    assert raw["samples"]["table"] == "data/mine/fetched/bucket/sheet.tsv"
    assert raw["clinical"] == RAW["clinical"]
    assert remote.files == {"data/mine/fetched/bucket/sheet.tsv": "s3://bucket/sheet.tsv"}


def test_a_file_in_a_folder_has_the_address_of_the_folder_and_its_name():
    _, remote = localize(RAW, "mine")
    assert address_of("data/mine/fetched/host/data/u-1", remote) == "https://host/data/u-1"
    assert address_of("data/mine/fetched/other/u-1", remote) is None


def test_checksums_must_be_of_inputs_and_look_like_checksums():
    _, remote = localize(RAW, "mine")
    good = {"s3://bucket/sheet.tsv": "md5:" + "0" * 32, "https://host/data/u": "sha256:" + "a" * 64}
    assert checksum_problems(good, remote, "x.yaml") == []
    bad = {"s3://bucket/other.tsv": "md5:" + "0" * 32, "s3://bucket/sheet.tsv": "crc:1"}
    found = [problem.found for problem in checksum_problems(bad, remote, "x.yaml")]
    assert found == ["no input of that address", "crc:1"]


def test_credentials_in_an_address_are_refused_and_not_repeated():
    raw = {"samples": {"table": "https://me:secret@host/sheet.csv"},
           "bulk": {"matrices": [{"folder": "ftp://me@files/data"}]}}  # fmt: skip
    _, remote = localize(raw, "mine")
    problems = credential_problems(remote, "x.yaml")
    assert [problem.where for problem in problems] == ["address at host", "address at files"]
    assert "me" not in " ".join(f"{one.where} {one.found}" for one in problems)
    _, remote = localize(RAW, "mine")
    assert credential_problems(remote, "x.yaml") == []
