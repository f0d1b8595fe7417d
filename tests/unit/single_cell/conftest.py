"""A small cohort of cells with known types, drawn from the shipped marker sets."""

import anndata as ad
import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from innervate.genes.cell_types import load_cell_types
from innervate.genes.sets import load_sets
from innervate.genes.table import load_genes

KINDS = ("epithelial", "fibroblast", "t_cd4", "t_cd8", "nk", "b_cell", "macrophage", "mast")


@pytest.fixture(scope="session")
def types():
    return load_cell_types()


@pytest.fixture(scope="session")
def sets():
    return load_sets("human")


def marker_genes(kind, types, sets):
    row = types.frame.set_index("cell_type").loc[kind]
    names = [row["lineage_set"], row["set"]]
    return [gene for name in names if name for gene in sets[name].genes]


@pytest.fixture(scope="session")
def plant(types, sets):
    """Return a function that draws cells: {sample: {type: number}} to AnnData with the truth."""
    facts = load_genes("human").facts
    wanted = {gene for one in sets.values() for gene in one.genes}
    wanted |= {"CCL5", "CCR5", "CCR3", "SLIT2", "ROBO1"}
    autosomes = facts[facts["chromosome"].astype(str).str.fullmatch(r"\d+")]
    others = autosomes[autosomes["biotype"] == "protein_coding"].index[::8]
    genes = [gene for gene in facts.index if gene in wanted or gene in set(others)]

    def draw(layout, seed=0, depth=3000, factor=None):
        """Draw; `factor(kind, sample)` may give a factor by gene (a Series) for that group."""
        rng = np.random.default_rng(seed)
        base = pd.Series(np.random.default_rng(99).lognormal(0, 1, len(genes)), index=genes)
        base[[g for one in sets.values() if one.name.startswith("CELL_") for g in one.genes
              if g in base.index]] = 0.05  # fmt: skip
        blocks, rows = [], []
        for sample, kinds in layout.items():
            for kind, number in kinds.items():
                level = base.copy()
                level[[g for g in marker_genes(kind, types, sets) if g in level.index]] = 15.0
                if factor is not None:
                    level = level * factor(kind, sample).reindex(genes).fillna(1.0)
                share = (level / level.sum()).to_numpy()
                sizes = rng.lognormal(np.log(depth), 0.3, number)
                blocks.append(rng.poisson(sizes[:, None] * share))
                rows += [(sample, kind)] * number
        counts = sparse.csr_matrix(np.vstack(blocks).astype(np.float32))
        obs = pd.DataFrame(rows, columns=["sample", "truth"])
        obs["barcode"] = [f"BC{number}" for number in range(len(obs))]
        obs.index = obs["sample"] + ":" + obs["barcode"]
        var = facts.loc[genes, ["symbol", "chromosome", "start", "biotype"]].copy()
        var["start"] = pd.to_numeric(var["start"], errors="coerce")
        return ad.AnnData(counts, obs=obs, var=var)

    return draw


@pytest.fixture(scope="session")
def sheet():
    def make(names, tissue="tumor"):
        return pd.DataFrame(
            {"sample": names, "patient": [name.split("_")[0] for name in names],
             "assay": "single_cell", "tissue": tissue, "timepoint": "", "batch": ""}
        )  # fmt: skip

    return make


@pytest.fixture(scope="session")
def embedded(plant, sheet):
    """Two samples of eight types, joined and embedded."""
    from innervate.config.cell_settings import Embedding
    from innervate.single_cell.embedding import embed
    from innervate.single_cell.joining import join_samples, log_normalized

    cells = plant({name: dict.fromkeys(KINDS, 40) for name in ("P1_a", "P2_a")})
    parts = [cells[cells.obs["sample"] == name].copy() for name in ("P1_a", "P2_a")]
    joined, _ = join_samples(parts, sheet(["P1_a", "P2_a"]))
    joined = log_normalized(joined)
    joined.uns["species"] = "human"
    return joined, embed(joined, Embedding(), seed=1)
