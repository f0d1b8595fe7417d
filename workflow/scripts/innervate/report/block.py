"""What a section is made of."""

from __future__ import annotations

from innervate.report.figures.style import Chart
from innervate.report.tables import BigTable, Table

Block = str | Chart | Table | BigTable
"""A sentence, a figure or a table, small or large."""
