"""Innervate: evidence for the tumor-nerve-lymph-node circuit in cancer transcriptomes."""

__version__ = "0.1.0"
