"""The rooms of this package, and which may import which."""

from __future__ import annotations

ROOMS = (
    ("runtime", "files, contracts, log, errors, digests, provenance"),
    ("statistics", "arrays in, numbers out, like a library"),
    ("config", "models of every config file"),
    ("genes", "identifiers, orthologs, gene sets, cell types"),
    ("inputs", "readers of what users bring, the clinical table included"),
    ("reads", "from FASTQ to counts"),
    ("bulk", "bulk RNA-seq, differential expression, enrichment"),
    ("single_cell", "cells: quality, map, types, malignancy, pseudobulk"),
    ("simulate", "cohorts with a known circuit in them"),
    ("scoring", "nodes in samples, and matched random sets"),
    ("macrophages", "M1-like and M2-like states of samples and cells"),
    ("circuit", "patients, edges, chains, hypotheses"),
    ("clinical", "associations, survival, pain over time"),
    ("prediction", "who responds to treatment"),
    ("trials", "agents for the nodes, and trials in patients who meet a rule"),
    ("synthesis", "several cohorts as one"),
    ("intake", "from a folder of data to a cohort file, and what it can measure"),
    ("report", "figures, tables and text in one HTML file"),
    ("planning", "calibration of the tests, and power of a study"),
)
"""Each room and what it is for, from the ground up: a room imports itself and those before it."""
