"""Called cells are taken out of all droplets, with their counts."""

import gzip

import numpy as np
import pytest

from innervate.config.cells import CellMatrix
from innervate.inputs.cell_formats import read_10x_mtx
from innervate.reads.cells import write_cells
from innervate.runtime.errors import InputError

DROPLETS = ["AAAC", "CCCA", "GGGT"]
COUNTS = np.array([[5, 0, 2], [0, 1, 0], [3, 3, 0]])


@pytest.fixture
def raw(tmp_path):
    """Return a folder of droplets as kb writes it: genes x droplets, genes.tsv."""
    folder = tmp_path / "raw"
    folder.mkdir()
    entries = [(g + 1, c + 1, COUNTS[c, g]) for c in range(3) for g in range(3) if COUNTS[c, g]]
    head = f"%%MatrixMarket matrix coordinate integer general\n%\n3 3 {len(entries)}\n"
    texts = {
        "matrix.mtx.gz": head + "".join(f"{g} {c} {n}\n" for g, c, n in entries),
        "barcodes.tsv.gz": "".join(f"{name}-1\n" for name in DROPLETS),
        "genes.tsv.gz": "".join(f"ENSG0000000000{g}.1\tG{g}\n" for g in range(3)),
    }
    for name, text in texts.items():
        (folder / name).write_bytes(gzip.compress(text.encode()))
    return folder


def test_cells_keep_their_counts_and_the_bytes_are_the_same_each_time(raw, tmp_path):
    (tmp_path / "called.txt").write_text("GGGT\nAAAC\n")
    made = []
    for name in ("one", "two"):
        write_cells(raw, tmp_path / "called.txt", "s", tmp_path / name)
        made.append({p.name: p.read_bytes() for p in sorted((tmp_path / name).iterdir())})
    assert made[0] == made[1]
    matrix = CellMatrix(format="10x_mtx", folder=str(tmp_path), file_column="x")
    cells = read_10x_mtx(tmp_path / "one", matrix)
    assert cells.barcodes == ["AAAC-1", "GGGT-1"]
    assert np.array_equal(cells.counts.toarray(), COUNTS[[0, 2]])
    assert cells.ids == [f"ENSG0000000000{g}.1" for g in range(3)]


def test_no_cell_is_an_error_that_says_so(raw, tmp_path):
    (tmp_path / "called.txt").write_text("")
    with pytest.raises(InputError, match="no cells"):
        write_cells(raw, tmp_path / "called.txt", "s", tmp_path / "one")
