"""A CellTypist model is read safely and predicts what the library itself predicts."""

import pickle

import anndata as ad
import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from innervate.config.cell_settings import Annotation
from innervate.config.cells import CellLabels, CellTypist
from innervate.runtime.errors import InputError
from innervate.single_cell.opinions import annotate_cells
from innervate.single_cell.reference_model import load_model, predict_types


@pytest.fixture(scope="module")
def model_file(embedded, tmp_path_factory):
    """A model trained on the planted cells, stored as CellTypist stores its own."""
    cells, _ = embedded
    genes = cells.var_names[:1500]
    values = cells[:, genes].layers["lognorm"].toarray()
    scaler = StandardScaler().fit(values)
    classifier = LogisticRegression(C=0.1, max_iter=200)
    classifier.fit(scaler.transform(values), cells.obs["truth"].astype(str))
    classifier.features = np.asarray(genes, dtype=object)
    path = tmp_path_factory.mktemp("model") / "own.pkl"
    held = {"Model": classifier, "Scaler_": scaler, "description": {"date": "", "details": ""}}
    path.write_bytes(pickle.dumps(held))
    return path


def test_prediction_equals_the_librarys(embedded, model_file):
    import celltypist
    from celltypist.models import Model

    cells, _ = embedded
    ours = predict_types(cells, str(model_file))
    held = pickle.loads(model_file.read_bytes())
    work = ad.AnnData(cells.layers["lognorm"], obs=cells.obs[[]], var=cells.var[[]])
    whole = Model(held["Model"], held["Scaler_"], held["description"])
    theirs = celltypist.annotate(work, model=whole).predicted_labels["predicted_labels"]
    assert (ours.to_numpy() == theirs.astype(str).to_numpy()).all()
    assert (ours == cells.obs["truth"].astype(str)).mean() > 0.98


class Harmful:
    def __reduce__(self):
        return (print, ("this must not run",))


def test_a_pickle_that_asks_for_more_is_refused(tmp_path, capsys):
    path = tmp_path / "bad.pkl"
    path.write_bytes(pickle.dumps({"Model": Harmful(), "Scaler_": None}))
    with pytest.raises(InputError, match=r"asks for builtins\.print"):
        load_model(str(path))
    assert "must not run" not in capsys.readouterr().out


def test_unreadable_models_and_foreign_genes_are_said(embedded, model_file, tmp_path):
    cells, _ = embedded
    empty = tmp_path / "empty.pkl"
    empty.write_bytes(b"")
    for path in (empty, tmp_path / "absent.pkl"):
        with pytest.raises(InputError, match=path.name):
            load_model(str(path))
    with pytest.raises(InputError, match="take a model of this species"):
        predict_types(cells[:, 1400:].copy(), str(model_file))


def test_opinions_are_compared_and_labels_may_replace_ours(embedded, types, sets, model_file):
    cells, embedding = embedded
    cells = cells.copy()
    cells.obs["input_label"] = cells.obs["truth"].astype(str).replace("mast", "odd")
    known = {kind: kind for kind in set(cells.obs["truth"]) - {"mast"}}
    labels = CellLabels(column="x", values=known, use="replace")
    model = CellTypist(model=str(model_file), values=known)
    made = annotate_cells(cells, embedding, types, sets, Annotation(), labels, model, seed=1)
    share = made.agreement.set_index(["opinion", "ours", "theirs"])["share"]
    assert share["labels of the input", "t_cd8", "t_cd8"] > 0.9
    assert share["CellTypist", "nk", "nk"] > 0.9
    odd = (cells.obs["truth"] == "mast").to_numpy()
    assert set(made.cells.loc[odd, "cell_type"]) == {"unassigned"}
    assert (made.cells["cell_type"][~odd] == cells.obs["truth"].astype(str)[~odd]).all()
    assert isinstance(made.integration, pd.DataFrame)
