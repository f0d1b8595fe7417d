"""What a section is made of."""

from __future__ import annotations

from innervate.report.figures.style import Chart
from innervate.report.tables import Table

Block = str | Chart | Table
"""A sentence, a figure or a table."""
