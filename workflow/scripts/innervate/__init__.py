"""Innervate: evidence for the tumor-nerve-lymph-node circuit in cancer transcriptomes."""
