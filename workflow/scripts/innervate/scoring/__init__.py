"""Scores of nodes in samples, their background, and macrophage polarization."""
