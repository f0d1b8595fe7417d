"""A second published circuit runs by a change of the config alone."""

import shutil

import pandas as pd
import pytest

pytestmark = [pytest.mark.slow, pytest.mark.long]


def test_another_circuit_is_another_file(finished, tmp_path):
    folder = tmp_path / "work"
    shutil.copytree(finished.folder, folder, symlinks=True)
    work = type(finished)(folder, finished.checkout)
    planned = work.planned("--config", "circuit=melanoma_cgrp")
    assert {"circuit_scores", "circuit_edges", "circuit_chains", "report"} <= set(planned)
    assert not {"bulk_de", "bulk_qc", "cells_embed"} & set(planned), "expression stays as it is"
    work.snakemake("--config", "circuit=melanoma_cgrp")
    edges = pd.read_csv(folder / "results/demo/circuit/edges.tsv", sep="\t")
    assert set(zip(edges["source"], edges["target"], strict=True)) >= {
        ("nociceptor", "cgrp"), ("cgrp", "effector_t"), ("ramp1", "response"),
    }  # fmt: skip
    felt = edges.set_index(["source", "target"]).loc[("nociceptor", "pain")]
    assert felt["estimate"] > 0
    nodes = pd.read_csv(folder / "results/demo/circuit/nodes.tsv", sep="\t").set_index("node")
    assert "slit2" not in nodes.index
    chain = pd.read_csv(folder / "results/demo/circuit/chain.tsv", sep="\t")
    assert chain["path"].iloc[0] == "nociceptor > cgrp > exhaustion"
    page = (folder / "results/demo/report.html").read_text()
    assert "T cell axis of melanoma" in page
