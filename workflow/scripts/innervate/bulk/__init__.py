"""Bulk RNA-seq: quality control, normalization, differential expression, enrichment."""
