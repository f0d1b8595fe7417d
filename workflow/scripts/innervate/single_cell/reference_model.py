"""A CellTypist model as a further opinion on cell types."""

from __future__ import annotations

import pickle
from pathlib import Path

import anndata as ad
import pandas as pd

from innervate.runtime.errors import InputError, Problem

CLASSES = {
    ("sklearn.linear_model._logistic", "LogisticRegression"),
    ("sklearn.linear_model._stochastic_gradient", "SGDClassifier"),
    ("sklearn.preprocessing._data", "StandardScaler"),
    ("numpy", "ndarray"),
    ("numpy", "dtype"),
}
ARRAYS = ("numpy.core.multiarray", "numpy._core.multiarray")
ARRAY_MAKERS = ("_reconstruct", "scalar")
MIN_SHARED = 0.2
"""Share of the model's genes that must be in the matrix."""


class _OnlyModels(pickle.Unpickler):
    """An unpickler that makes nothing but a linear model and its arrays.

    CellTypist's format is a pickle, and a pickle may run anything; a model's own parts are few.
    """

    def find_class(self, module: str, name: str) -> type:
        """Look up a class that a model may hold, and refuse any other."""
        if (module, name) in CLASSES or (module in ARRAYS and name in ARRAY_MAKERS):
            return super().find_class(module, name)
        msg = f"it asks for {module}.{name}, which a model does not need"
        raise pickle.UnpicklingError(msg)


def load_model(path: str):
    """Read a CellTypist model file.

    Returns
    -------
    celltypist.models.Model
        Made of the file's classifier and scaler.

    Raises
    ------
    InputError
        Where it can't be read, or asks for anything but a model's own parts.
    """
    from celltypist.models import Model

    try:
        with Path(path).open("rb") as handle:
            held = _OnlyModels(handle).load()
        return Model(held["Model"], held["Scaler_"], {})
    except (OSError, pickle.UnpicklingError, LookupError, TypeError, EOFError, ValueError) as error:
        problem = Problem(path, "single_cell.celltypist.model", str(error)[:200], "a model file")
        raise InputError([problem]) from error


def predict_types(cells: ad.AnnData, path: str) -> pd.Series:
    """Predict a label for each cell.

    Parameters
    ----------
    cells
        Cells x genes with ``layers['lognorm']`` (counts per 10,000, natural logarithm), as the
        models are trained on.
    path
        Of the model.

    Returns
    -------
    Series
        The model's own labels, by cell: its best class, without majority voting.

    References
    ----------
    CellTypist: Dominguez Conde et al. 2022, doi:10.1126/science.abl5197.
    """
    import celltypist

    model = load_model(path)
    shared = pd.Index(model.features).isin(cells.var_names)
    if shared.mean() < MIN_SHARED:
        found = f"{shared.sum()} of the model's {len(shared)} genes are in the matrix"
        expected = f"at least {MIN_SHARED:.0%}"
        raise InputError([Problem(path, "genes", found, expected, "take a model of this species")])
    work = ad.AnnData(
        cells.layers["lognorm"],
        obs=pd.DataFrame(index=cells.obs_names),
        var=pd.DataFrame(index=cells.var_names),
    )
    labels = celltypist.annotate(work, model=model).predicted_labels["predicted_labels"]
    return labels.astype(str).set_axis(cells.obs_names)
