"""Technical replicates are summed to the read, and transcripts by gene."""

import numpy as np
import pandas as pd
import pytest

from innervate.inputs.quantified import Quantified, read_quantified, sum_libraries

NAMES = ["ENST00000000001.1", "ENST00000000002.3", "ENST00000000003.1"]


@pytest.fixture
def written(tmp_path):
    """Return a function that writes a quant.sf of given reads and effective lengths."""

    def write(name: str, reads: list[float], lengths: list[float], names=NAMES) -> str:
        tpm = np.array(reads) / lengths
        tpm *= 1e6 / max(tpm.sum(), 1e-9)
        table = pd.DataFrame({"Name": names, "Length": [1000, 2000, 500]})
        table = table.assign(EffectiveLength=lengths, TPM=tpm, NumReads=reads)
        path = tmp_path / f"{name}.sf"
        table.to_csv(path, sep="\t", index=False)
        return str(path)

    return write


def test_reads_are_the_sum_and_lengths_weighted_by_reads(written):
    first = written("a", [100, 150.5, 49.5], [800, 1800, 300])
    second = written("b", [20, 60, 20], [900, 1900, 400])
    summed = sum_libraries([first, second])
    assert list(summed["NumReads"]) == [120, 210.5, 69.5]
    # 300 and 100 reads: three quarters of the first, one of the second.
    assert list(summed["EffectiveLength"]) == [825, 1825, 325]
    rate = np.array([120 / 825, 210.5 / 1825, 69.5 / 325])
    assert summed["TPM"].to_numpy() == pytest.approx(rate / rate.sum() * 1e6)


def test_one_library_is_unchanged_by_summing(written):
    path = written("a", [100, 150, 50], [800, 1800, 300])
    pd.testing.assert_frame_equal(
        sum_libraries([path]), pd.read_csv(path, sep="\t"), check_dtype=False
    )


def test_an_empty_library_adds_nothing(written):
    first, empty = written("a", [9, 9, 9], [800, 1800, 300]), written("b", [0, 0, 0.0], [1, 1, 1])
    summed = sum_libraries([first, empty])
    assert list(summed["EffectiveLength"]) == [800, 1800, 300]
    assert list(summed["NumReads"]) == [9, 9, 9]


def test_other_transcripts_are_refused(written):
    paths = written("a", [1, 1, 1], [1, 1, 1]), written("b", [1, 1, 1], [1, 1, 1], NAMES[::-1])
    with pytest.raises(ValueError, match="different transcripts"):
        sum_libraries(paths)


def test_replicates_and_transcripts_reach_the_gene(written, tmp_path):
    genes = tmp_path / "genes.tsv"
    genes.write_text(
        "transcript_id\tgene_id\nENST00000000001\tG1\nENST00000000002\tG1\nENST00000000003\tG2\n"
    )
    lengths = [800, 1800, 300]
    libraries = {
        "twice": [written("a", [100, 150, 50], lengths), written("b", [20, 60, 20], lengths)],
        "once": [written("c", [120, 210, 70], lengths)],
    }
    matrix = read_quantified(Quantified(libraries, str(genes)))
    counts = pd.DataFrame(matrix.values, index=matrix.ids, columns=matrix.samples)
    assert counts.loc["G1"].to_dict() == {"twice": 330, "once": 330}
    assert counts.loc["G2"].to_dict() == {"twice": 70, "once": 70}
