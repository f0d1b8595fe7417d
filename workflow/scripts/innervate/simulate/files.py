"""Files of simulated single cells, in the layout of 10x Genomics' Cell Ranger."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from scipy import sparse

from innervate.runtime.files import atomic_path


def write_10x_h5(
    counts: sparse.spmatrix, barcodes: list[str], genes: pd.DataFrame, path: str | Path
) -> None:
    """Write counts as Cell Ranger's version 3 HDF5; equal counts give equal bytes.

    Parameters
    ----------
    counts
        Droplets x genes.
    barcodes
        Of the droplets.
    genes
        ``ensembl_id`` and ``symbol``, in the order of the columns.
    path
        Where to.
    """
    import h5py

    matrix = sparse.csr_matrix(counts)
    matrix.sort_indices()
    symbols = genes["symbol"].astype(str)
    ids = genes["ensembl_id"].astype(str).where(genes["ensembl_id"] != "", symbols)
    with atomic_path(path) as partial, h5py.File(partial, "w") as file:
        options = {"compression": "gzip", "compression_opts": 4, "track_times": False}
        group = file.create_group("matrix", track_order=False)
        group.create_dataset("data", data=matrix.data.astype(np.int32), **options)
        # Genes are the rows of the file's column-compressed matrix.
        group.create_dataset("indices", data=matrix.indices.astype(np.int64), **options)
        group.create_dataset("indptr", data=matrix.indptr.astype(np.int64), **options)
        shape = np.array(matrix.shape[::-1], dtype=np.int32)
        group.create_dataset("shape", data=shape, track_times=False)
        group.create_dataset("barcodes", data=np.array(barcodes, dtype="S"), **options)
        features = group.create_group("features")
        same = {"feature_type": "Gene Expression", "genome": "GRCh38"}
        columns = {"id": ids, "name": symbols} | {
            key: pd.Series([value] * len(symbols)) for key, value in same.items()
        }
        for key, values in columns.items():
            data = np.array(list(values), dtype="S")
            features.create_dataset(key, data=data, **options)
        tags = np.array(["genome"], dtype="S")
        features.create_dataset("_all_tag_keys", data=tags, track_times=False)
