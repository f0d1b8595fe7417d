"""A damaged or unequal FASTQ file is refused, which fastp passes over in silence."""

import gzip
import hashlib

import pytest

from innervate.reads.files import check_files, count_reads
from innervate.runtime.errors import InputError

RECORD = "@r\nACGT\n+\nIIII\n"


@pytest.mark.parametrize("ending", ["fastq", "fastq.gz"])
def test_reads_are_counted_and_the_file_digested_as_it_is_on_disk(tmp_path, ending):
    path = tmp_path / f"a.{ending}"
    text = (RECORD * 1000).encode()
    # Two members, as sequencers' software concatenates them.
    path.write_bytes(gzip.compress(text) + gzip.compress(text) if ending[-2:] == "gz" else text * 2)
    assert count_reads(str(path)) == (2000, hashlib.sha256(path.read_bytes()).hexdigest())


def test_a_last_line_without_its_end_counts(tmp_path):
    path = tmp_path / "a.fq"
    path.write_text((RECORD * 3)[:-1])
    assert count_reads(str(path))[0] == 3


def test_truncated_files_and_unequal_pairs_are_all_named(tmp_path):
    import random

    rng = random.Random(1)
    reads = [f"@r\n{''.join(rng.choices('ACGT', k=50))}\n+\n{'I' * 50}\n" for _ in range(500)]
    whole, cut, short, inside = (tmp_path / name for name in ("w.fq.gz", "c.fq.gz", "s.fq", "i.fq"))
    whole.write_bytes(gzip.compress("".join(reads).encode()))
    cut.write_bytes(whole.read_bytes()[:-2000])
    short.write_text("".join(reads[:-1]))
    inside.write_text("".join(reads)[:-60])
    with pytest.raises(InputError, match="damaged or cut short") as error:
        check_files([str(cut), str(inside)], "s1")
    assert len(error.value.problems) == 2
    assert "so that the last read is cut short" in str(error.value)
    with pytest.raises(InputError, match="499 reads") as error:
        check_files([str(whole), str(short)], "s1")
    assert "500, as in w.fq.gz" in str(error.value)


def test_a_good_pair_is_a_row_a_file(tmp_path):
    files = [str(tmp_path / name) for name in ("a_1.fq", "a_2.fq")]
    for file in files:
        with open(file, "w") as handle:
            handle.write(RECORD * 5)
    table = check_files(files, "s1")
    assert list(table["file"]) == files
    assert list(table["reads"]) == [5, 5]
