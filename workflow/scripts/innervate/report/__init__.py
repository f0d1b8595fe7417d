"""The report: figures, tables and text of one cohort, in one self-contained HTML file."""
