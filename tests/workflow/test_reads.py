"""From FASTQ to counts with the real tools, on reads of known origin.

The transcripts are real (tests/data/reads); how many fragments come from each is chosen here.
"""

import gzip
import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd
import pytest
import yaml
from runs import Workspace
from scipy.stats import norm
from simulated_reads import (
    COPY_OF,
    FRAGMENT,
    READ_LENGTH,
    Slice,
    fragments,
    write_bulk,
    write_cells,
    write_reference,
)

from innervate.config.cells import CellMatrix
from innervate.inputs.cell_formats import read_10x_mtx
from innervate.runtime.provenance import sha256

pytestmark = pytest.mark.slow

TOOLS = {
    "fastp": "Debian: fastp",
    "salmon": "Debian: salmon",
    "kb": "PyPI: kb-python",
    "multiqc": "PyPI: multiqc",
}

LIBRARIES = [
    # sample, replicate, lanes, strandedness, declared, paired
    ("tumor 1/a", "1", ["L001", "L002"], "reverse", "reverse", True),
    ("replicated", "a", ["L001"], "forward", "forward", True),
    ("replicated", "b", ["L001"], "forward", "forward", True),
    ("unstranded", "1", ["L001"], "unstranded", "unstranded", True),
    ("single_end", "1", ["L001"], "reverse", "reverse", False),
    ("wrong", "1", ["L001"], "reverse", "forward", True),
    ("nobody_knows", "1", ["L001"], "forward", "auto", False),
]
CELLS = {"cells_v2": ("10x_v2", "10x_version2", 10), "cells_v3": ("10x_v3", "10x_version3", 12)}
N_CELLS, N_EMPTY = 25, 150
COPIED = 1200
"""Fragments of the unexpressed copy, in each lane."""
COPIES = 2
"""Reads of each molecule."""


@dataclass
class Counted:
    """A finished run, and what was put into it."""

    work: Workspace
    results: Path
    reference: Slice
    truth: dict[tuple[str, str], dict[str, int]]
    molecules: dict[str, dict[str, dict[str, int]]]

    def table(self, name: str) -> pd.DataFrame:
        return pd.read_csv(self.results / name, sep="\t", dtype={"replicate": str})

    def true_counts(self, sample: str) -> pd.Series:
        """Fragments by gene."""
        counts = pd.Series(0.0, index=sorted(set(self.reference.genes.values())))
        for (name, _), held in self.truth.items():
            for transcript, count in held.items() if name == sample else ():
                counts[self.reference.genes[transcript]] += count
        return counts


@pytest.fixture(scope="module")
def counted(tmp_path_factory, new_workspace, repo) -> Counted:
    """Simulate reads, and run the workflow on them up to the matrices."""
    for tool, package in TOOLS.items():
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed ({package})")
    work = new_workspace(tmp_path_factory.mktemp("reads"))
    reference, truth, molecules = simulate(work.folder, repo / "tests/data/reads")
    targets = ["bulk/counts.h5ad", "reads/libraries.tsv"]
    targets += [f"single_cell/{sample}/kept.h5ad" for sample in CELLS]
    work.snakemake(*(f"results/sliced/{target}" for target in targets))
    return Counted(work, work.folder / "results/sliced", reference, truth, molecules)


def simulate(work: Path, source: Path) -> tuple[Slice, dict, dict]:
    """Write the reference, the FASTQ files and the tables; return what is true of them."""
    rng = np.random.default_rng(7)
    reference = write_reference(source, work / "reference")
    folder, rows, truth, molecules = work / "fastq", [], {}, {}
    expressed = {name: int(rng.integers(150, 1500)) for name in reference.transcripts}
    sequences = {**reference.transcripts, "copy": reference.copy}
    for sample, replicate, lanes, strandedness, declared, paired in LIBRARIES:
        for lane in lanes:
            held = {name: int(rng.poisson(count)) for name, count in expressed.items()}
            before = truth.setdefault((sample, replicate), dict.fromkeys(held, 0))
            truth[sample, replicate] = {name: before[name] + held[name] for name in held}
            # Blanks, quotes and shell characters in names of files and samples are lawful.
            stem = f"{sample.replace('/', '_')} ${replicate}'{lane};"
            names = [f"{stem}_R{end}.fastq.gz" for end in (1, 2)[: 1 + paired]]
            pieces = fragments(sequences, {**held, "copy": COPIED}, rng)
            write_bulk(pieces, strandedness, "run:1", [folder / name for name in names], rng)
            rows.append([sample, replicate, lane, *[*names, ""][:2], declared, ""])
    for sample, (chemistry, known, umi) in CELLS.items():
        molecules[sample] = planted(reference, barcodes(known, rng), rng)
        names = [f"{sample}_R{end}.fastq.gz" for end in (1, 2)]
        paths = [folder / name for name in names]
        write_cells(reference, molecules[sample], umi, COPIES, "run:2", paths, rng)
        rows.append([sample, "", "", *names, "", chemistry])
    write_tables(work, rows)
    return reference, truth, molecules


def barcodes(known: str, rng: np.random.Generator) -> list[str]:
    """Draw barcodes of a chemistry."""
    # Those that kb knows, wherever it was installed.
    python = Path(shutil.which("kb")).resolve().parent / "python"
    command = [python, "-c", "import ngs_tools; print(ngs_tools.__file__)"]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    folder = Path(printed.strip()).parent / "chemistry/whitelists"
    with gzip.open(folder / f"{known}_whitelist.txt.gz", "rt") as handle:
        first = [line.strip() for _, line in zip(range(5000), handle, strict=False)]
    return [first[at] for at in rng.choice(len(first), N_CELLS + N_EMPTY, replace=False)]


def planted(reference: Slice, names: list[str], rng: np.random.Generator) -> dict:
    """Molecules by barcode and transcript: cells with about a hundred, empty droplets with one."""
    transcripts, held = list(reference.transcripts), {}
    for at, barcode in enumerate(names):
        counts = rng.poisson(7, len(transcripts)) if at < N_CELLS else np.zeros(14, dtype=int)
        counts[rng.integers(len(transcripts))] += 1
        held[barcode] = {name: int(n) for name, n in zip(transcripts, counts, strict=True) if n}
    return held


def write_tables(folder: Path, rows: list[list[str]]) -> None:
    """Write the cohort file and its two tables."""
    columns = ["sample", "replicate", "lane", "fastq_1", "fastq_2", "strandedness", "chemistry"]
    pd.DataFrame(rows, columns=columns).to_csv(folder / "fastq.tsv", sep="\t", index=False)
    samples = pd.DataFrame({"sample": list(dict.fromkeys(row[0] for row in rows))})
    samples["patient"] = [f"p{at}" for at in range(len(samples))]
    samples["assay"] = np.where(samples["sample"].isin(CELLS), "single_cell", "bulk")
    samples.assign(tissue="tumor").to_csv(folder / "samples.tsv", sep="\t", index=False)
    cohort = {
        "title": "A slice",
        "species": "human",
        "samples": {"table": "samples.tsv"},
        "reads": {
            "table": "fastq.tsv",
            "folder": "fastq",
            "genome": "reference/genome.fa.gz",
            "annotation": "reference/genes.gtf.gz",
            "transcriptome": "reference/transcripts.fa.gz",
        },
        "bulk": {"matrices": [{"format": "reads"}]},
        "single_cell": {"inputs": [{"format": "reads"}]},
    }
    (folder / "config/cohorts/sliced.yaml").write_text(yaml.safe_dump(cohort))
    config = {"cohorts": ["config/cohorts/sliced.yaml"]}
    (folder / "config/config.yaml").write_text(yaml.safe_dump(config))


def test_gene_counts_are_the_simulated_ones(counted):
    """Within 5 % for each gene of a hundred fragments or more, and r > 0.99."""
    adata = ad.read_h5ad(counted.results / "bulk/counts.h5ad")
    assert adata.uns["unit"] == "counts"
    counts = adata.to_df()
    assert set(counts.index) == {sample for sample, *_ in LIBRARIES}
    for sample, found in counts.iterrows():
        true = counted.true_counts(sample)
        assert set(found.index) == set(true.index)
        assert (true >= 100).all()
        assert (found[true.index] / true - 1).abs().max() < 0.05, sample
        assert np.corrcoef(found[true.index], true)[0, 1] > 0.99, sample


def test_reads_of_an_unexpressed_copy_go_to_the_decoys(counted):
    """Counted to the gene, they would raise it by far more than its counts are off."""
    libraries = counted.table("reads/libraries.tsv").set_index(["sample", "replicate"])
    bulk = libraries[libraries["assay"] == "bulk"]
    lanes, expected = bulk["lanes"], COPIED * bulk["lanes"] / bulk["fragments"]
    assert (expected > 0.05).all()
    assert (lanes == [2, 1, 1, 1, 1, 1, 1]).all()
    unmapped = 1 - bulk["fraction_mapped"]
    assert unmapped.to_numpy() == pytest.approx(expected.to_numpy(), abs=0.01)
    counts = ad.read_h5ad(counted.results / "bulk/counts.h5ad").to_df()[COPY_OF]
    for sample in counts.index:
        excess = counts[sample] - counted.true_counts(sample)[COPY_OF]
        assert excess < 0.05 * COPIED, sample


def test_strandedness_is_inferred_and_a_wrong_declaration_flagged(counted):
    libraries = counted.table("reads/libraries.tsv").fillna("")
    bulk = libraries[libraries["assay"] == "bulk"].set_index(["sample", "replicate"])
    for sample, replicate, _, strandedness, declared, paired in LIBRARIES:
        row = bulk.loc[(sample, replicate)]
        assert row["inferred_strandedness"] == strandedness, sample
        assert row["declared_strandedness"] == declared
        assert row["layout"] == ("paired" if paired else "single")
        wrong = declared not in (strandedness, "auto")
        assert ("declared forward, but is reverse" in row["flags"]) == wrong, sample
    assert (bulk["flags"] != "").sum() == 1


def test_lanes_and_replicates_sum_to_the_read(counted):
    libraries = counted.table("reads/libraries.tsv").set_index(["sample", "replicate"])
    lanes = {(name, replicate): len(lanes) for name, replicate, lanes, *_ in LIBRARIES}
    for key, held in counted.truth.items():
        true = sum(held.values()) + COPIED * lanes[key]
        assert libraries.loc[key, "fragments"] == true
    counts = ad.read_h5ad(counted.results / "bulk/counts.h5ad").to_df().sum(axis=1)
    mapped = libraries["fragments_mapped"].groupby("sample").sum()
    assert len(libraries.loc["replicated"]) == 2
    # tximport's scaling keeps the sum; each gene is rounded, hence half a read for each.
    for sample in counts.index:
        assert counts[sample] == pytest.approx(mapped[sample], abs=5), sample


def test_adapters_are_cut_from_as_many_reads_as_have_them(counted):
    """Of pairs, whose overlap shows them; single reads need more of them to tell an adapter."""
    libraries = counted.table("reads/libraries.tsv")
    bulk = libraries[libraries["assay"] == "bulk"]
    paired = bulk.loc[bulk["layout"] == "paired", "fraction_adapter"]
    shorter = norm.cdf(READ_LENGTH, *FRAGMENT)
    assert 0.003 < shorter < 0.01
    assert paired.to_numpy() == pytest.approx(shorter, rel=0.3)
    assert (bulk["fragments_kept"] == bulk["fragments"]).all(), "no fragment is below 31 bases"


@pytest.mark.parametrize("sample", CELLS)
def test_molecules_of_cells_are_the_planted_ones(counted, sample):
    """Within 3 % in sum and 10 % in each cell; molecules that fit two genes are not counted."""
    planted = counted.molecules[sample]
    total = {barcode: sum(held.values()) for barcode, held in planted.items()}
    true_cells = set(list(planted)[:N_CELLS])
    folder = counted.results / "reads"
    matrix = CellMatrix(format="10x_mtx", folder=str(folder), file_column="x")
    cells = read_10x_mtx(folder / f"cells/{sample}.1", matrix)
    # As Cell Ranger, kb puts the number of the gem group behind the barcode.
    assert set(cells.barcodes) == {f"{barcode}-1" for barcode in true_cells}
    bare = [barcode.removesuffix("-1") for barcode in cells.barcodes]
    found = dict(zip(bare, cells.counts.sum(axis=1).A1, strict=True))
    for barcode in true_cells:
        assert found[barcode] == pytest.approx(total[barcode], rel=0.1), barcode
    expected = sum(total[barcode] for barcode in true_cells)
    assert sum(found.values()) == pytest.approx(expected, rel=0.03)
    raw = read_10x_mtx(folder / f"kb/{sample}.1/counts_unfiltered/cellranger", matrix)
    assert set(raw.barcodes) == {f"{barcode}-1" for barcode in planted}, (
        "empty droplets are kept, for the ambient RNA"
    )


def test_files_are_digested_for_provenance(counted):
    tables = sorted((counted.results / "reads/files").glob("*.tsv"))
    files = pd.concat(pd.read_csv(path, sep="\t") for path in tables)
    assert len(files) == 2 * 8 + 4 - 2
    for row in files.itertuples():
        path = counted.results.parents[1] / row.file
        assert sha256(path) == row.sha256


def test_multiqc_takes_up_the_reports_of_every_tool_under_our_names(counted):
    """By the rule's own command; of 14 genes there is no quality control to go with it."""
    folder = counted.results / "multiqc"
    page = "results/sliced/multiqc/multiqc_report.html"
    printed = counted.work.snakemake("--dry-run", "--printshellcmds", page)
    words = printed.stdout + printed.stderr
    command = next(line.strip() for line in words.splitlines() if "multiqc --force" in line)
    for path in ("logs/sliced", folder):
        (counted.work.folder / path).mkdir(parents=True, exist_ok=True)
    for assay in ("bulk", "single_cell"):
        (folder / f"{assay}_qc_mqc.tsv").touch()
    command = command.removeprefix("Shell command: ")
    subprocess.run(["bash", "-c", command], cwd=counted.work.folder, check=True)
    held = json.loads((folder / "multiqc_report_data/multiqc_data.json").read_text())
    held = held["report_saved_raw_data"]
    libraries = counted.table("reads/libraries.tsv")
    bulk = libraries[libraries["assay"] == "bulk"]
    fastp, salmon = held["multiqc_fastp"], held["multiqc_salmon"]
    assert len(fastp) == bulk["lanes"].sum() + len(CELLS)
    assert len(salmon) == len(bulk)
    droplets = [row for row in held["multiqc_general_stats"].values()
                if row.get("bustools-numBarcodes", 0) >= N_CELLS]  # fmt: skip
    assert len(droplets) == len(CELLS)
    # Names of the user's files, which hold quotes and blanks, stand nowhere.
    assert not [name for name in (*fastp, *salmon) if set(name) & set(" $';")]
    mapped = sorted(float(report["percent_mapped"]) / 100 for report in salmon.values())
    assert mapped == pytest.approx(sorted(bulk["fraction_mapped"]), abs=1e-3)
