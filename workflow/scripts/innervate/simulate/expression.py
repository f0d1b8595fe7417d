"""From latent nodes to read counts: mixtures of compartments, batches, depth and dispersion."""

from __future__ import annotations

import numpy as np
import pandas as pd

from innervate.simulate import markers
from innervate.simulate.circuit import (
    ABUNDANCE,
    CONFOUNDER,
    CONFOUNDER_SHIFT,
    NODES,
    RESPONSES,
)
from innervate.simulate.markers import COMPARTMENTS, FRACTIONS
from innervate.simulate.profiles import DRIVERS, Profiles

FULL_DEPTH = 20_000_000
"""Median library size of a matrix with all 20,000 coding genes."""

WRONG_SEX = 9.0
"""log2 by which a gene of the other sex is lower (what is left is mismapped reads)."""


def drivers(latents: pd.DataFrame, hpv: np.ndarray) -> np.ndarray:
    """Put the confounder beside the nodes, and let it shift what expression shows of them.

    Parameters
    ----------
    latents
        samples x nodes.
    hpv
        1 for a sample of an HPV-positive patient, else 0.

    Returns
    -------
    ndarray
        samples x `DRIVERS`.
    """
    shifted = latents[[node.name for node in NODES]].copy()
    for node, shift in CONFOUNDER_SHIFT.items():
        shifted[node] += shift * hpv
    shifted[CONFOUNDER] = hpv
    return shifted[DRIVERS].to_numpy(float)


def draw_fractions(
    tissues: pd.Series, driven: np.ndarray, rng: np.random.Generator
) -> pd.DataFrame:
    """Draw each sample's share of RNA of each compartment.

    Parameters
    ----------
    tissues
        Tissue of each sample, ``tumor`` or ``tdln``.
    driven
        samples x `DRIVERS`.
    rng
        Source of randomness.

    Returns
    -------
    DataFrame
        samples x compartments; rows sum to 1.
    """
    typical = np.array([FRACTIONS[tissue] for tissue in tissues])
    spread = rng.normal(0, markers.SPREAD, typical.shape)
    shares = typical * np.exp(spread) * np.exp2(_abundance_shift(tissues, driven))
    shares /= shares.sum(axis=1, keepdims=True)
    return pd.DataFrame(shares, index=tissues.index, columns=list(COMPARTMENTS))


def _abundance_shift(tissues: pd.Series, driven: np.ndarray) -> np.ndarray:
    shift = np.zeros((len(tissues), len(COMPARTMENTS)))
    for (node, tissue, compartment), size in ABUNDANCE.items():
        here = tissues.eq(tissue).to_numpy()
        column = COMPARTMENTS.index(compartment)
        shift[here, column] += size * driven[here, DRIVERS.index(node)]
    return shift


def mixture(
    profiles: Profiles, tissue: str, fractions: np.ndarray, driven: np.ndarray
) -> np.ndarray:
    """Sum the compartments' expression.

    Parameters
    ----------
    profiles
        What each compartment expresses.
    tissue
        One tissue, the same for all samples.
    fractions
        samples x compartments.
    driven
        samples x `DRIVERS`.

    Returns
    -------
    ndarray
        samples x genes, counts per million before normalization to a sum.
    """
    total = np.zeros((len(fractions), len(profiles.genes)))
    for position in range(len(COMPARTMENTS)):
        change = driven @ profiles.responses[tissue][position]
        total += fractions[:, [position]] * np.exp2(profiles.levels[position] + change)
    return total


def draw_counts(
    profiles: Profiles,
    samples: pd.DataFrame,
    fractions: pd.DataFrame,
    driven: np.ndarray,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Draw negative binomial counts.

    Parameters
    ----------
    profiles
        What each compartment expresses.
    samples
        Indexed by sample: patient, tissue, batch, expressed_sex, depth_factor (1 for an ordinary
        library).
    fractions
        samples x compartments.
    driven
        samples x `DRIVERS`.
    rng
        Source of randomness.

    Returns
    -------
    DataFrame
        genes x samples, integers.
    """
    expression = np.zeros((len(samples), len(profiles.genes)))
    for tissue in samples["tissue"].unique():
        here = samples["tissue"].eq(tissue).to_numpy()
        mixed = mixture(profiles, tissue, fractions.to_numpy()[here], driven[here])
        expression[here] = mixed
    change = _program_scores(samples, len(profiles.programs), rng) @ profiles.programs
    change += _batch_effects(samples["batch"], len(profiles.genes), rng)
    change -= WRONG_SEX * of_other_sex(profiles.genes, samples["expressed_sex"])
    expression *= np.exp2(change)
    expression /= expression.sum(axis=1, keepdims=True)

    # The genes of a smaller matrix are the more expressed ones and keep more than their share.
    typical = FULL_DEPTH * np.sqrt(len(profiles.genes) / 20_000)
    depth = typical * rng.lognormal(0, 0.3, len(samples)) * samples["depth_factor"].to_numpy()
    means = expression * depth[:, None]
    dispersion = _dispersion(expression, profiles, rng)
    counts = rng.poisson(rng.gamma(1 / dispersion, size=means.shape) * dispersion * means)
    return pd.DataFrame(counts.T, index=profiles.genes, columns=samples.index)


def expected_effects(profiles: Profiles) -> pd.DataFrame:
    """Give the log2 change in bulk that one SD of a node makes in each of its genes.

    It is the effect inside the cells that respond, thinned by the RNA of those that do not;
    by a central difference over one SD, at the typical composition.

    Returns
    -------
    DataFrame
        node, kind, target (gene), tissue, planted, unit.
    """
    frames = []
    for tissue, node in sorted(_measured_pairs()):
        driven = np.zeros((2, len(DRIVERS)))
        driven[:, DRIVERS.index(node)] = (-0.5, 0.5)
        both = pd.Series([tissue, tissue])
        shares = np.array([FRACTIONS[tissue]] * 2) * np.exp2(_abundance_shift(both, driven))
        shares /= shares.sum(axis=1, keepdims=True)
        mixed = mixture(profiles, tissue, shares, driven)
        low, high = np.log2(mixed / mixed.sum(axis=1, keepdims=True))
        planted = pd.Series(high - low, index=profiles.genes)
        planted = planted[_follows(profiles, tissue, node)]
        frame = pd.DataFrame({"node": node, "kind": "gene", "target": planted.index})
        frame["tissue"] = tissue
        frame["planted"] = planted.to_numpy()
        frames.append(frame.assign(unit="log2 per SD"))
    return pd.concat(frames, ignore_index=True)


def _measured_pairs() -> set[tuple[str, str]]:
    inside = {(response.tissue, response.node) for response in RESPONSES}
    return inside | {(tissue, node) for node, tissue, _ in ABUNDANCE}


def _follows(profiles: Profiles, tissue: str, node: str) -> np.ndarray:
    follows = profiles.responses[tissue][:, DRIVERS.index(node), :].any(axis=0)
    for driver, where, compartment in ABUNDANCE:
        if (driver, where) == (node, tissue):
            names = markers.MARKERS[compartment].split()
            follows = follows | profiles.genes.isin(names)
    return follows


def _program_scores(samples: pd.DataFrame, programs: int, rng: np.random.Generator) -> np.ndarray:
    # Half of the variance belongs to the patient, so that a paired design gains something.
    patients, code = np.unique(samples["patient"], return_inverse=True)
    shared = rng.standard_normal((len(patients), programs))[code]
    own = rng.standard_normal((len(samples), programs))
    return np.sqrt(0.5) * (shared + own)


def _batch_effects(batch: pd.Series, genes: int, rng: np.random.Generator) -> np.ndarray:
    names, code = np.unique(batch, return_inverse=True)
    return rng.normal(0, 0.2, (len(names), genes))[code]


def of_other_sex(genes: pd.Index, expressed_sex: pd.Series) -> np.ndarray:
    """Whether each gene (columns) belongs to the sex that a sample (rows) does not express."""
    of_women = genes.isin(markers.FEMALE.split())
    of_men = genes.isin(markers.MALE.split())
    female = expressed_sex.eq("female").to_numpy()[:, None]
    return np.where(female, of_men, of_women).astype(float)


def _dispersion(expression: np.ndarray, profiles: Profiles, rng: np.random.Generator) -> np.ndarray:
    # DESeq2's trend, an asymptote and a term that grows as genes get rare, about which genes
    # scatter. The term goes by expression and not by counts: rare genes of tumors differ between
    # patients by biology, which deeper sequencing does not take away.
    per_million = np.maximum(expression.mean(axis=0) * 1e6, 0.05)
    scatter = rng.lognormal(0, 0.35, expression.shape[1])
    return (0.09 + 2.2 / per_million) * np.where(profiles.typical, 1.0, scatter)
