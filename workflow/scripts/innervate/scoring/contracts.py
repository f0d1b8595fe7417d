"""Data contracts: node scores."""

from __future__ import annotations

from innervate.runtime.contract import PATIENT, SAMPLE, Table, columns

SCORES = Table(
    "scores",
    "circuit/scores.tsv",
    "a node in a sample",
    (
        *columns("text", True, node="node of the circuit file, or one of its controls"),
        SAMPLE,
        PATIENT,
        *columns("text", True, tissue="of the sample", compartment="bulk, or a cell type"),
        *columns("text", True, method="how it was measured"),
        *columns("number", score="in the method's unit", z="over the samples of the tissue"),
        *columns("integer", genes_found="genes of the set in the matrix"),
        *columns("integer", genes_total="genes of the set"),
    ),
)

BY_CELL_TYPE = Table(
    "by_cell_type",
    "circuit/by_cell_type.tsv",
    "a reported measure in a cell type of a sample",
    (
        *columns("text", True, measure="name in the circuit file", tissue="of the sample"),
        *columns("text", True, cell_type="cells summed"),
        SAMPLE,
        PATIENT,
        *columns("integer", True, n_cells="cells summed"),
        *columns(
            "number",
            value="in `unit`",
            detected="share of the cells that show the gene",
            share="share of the sample's transcripts of the gene",
        ),
        *columns("integer", True, molecules="counted of the gene, or of the set's genes"),
    ),
)

HIGHEST = Table(
    "highest",
    "circuit/highest.tsv",
    "a reported measure, and the cell type that is highest in it",
    (
        *columns("text", True, measure="name in the circuit file", label="for figures"),
        *columns("text", True, tissue="of the samples"),
        *columns(
            "text",
            True,
            status="named, a left-out type holds more, too few molecules, too few samples, "
            "one cell type or not measured",
        ),
        *columns("text", cell_type="the highest one, where it is named"),
        *columns(
            "integer",
            True,
            n_samples="in which a cell type had enough cells",
            n_cell_types="that had enough cells in a sample",
        ),
        *columns("integer", molecules="of the cell type that comes first"),
        *columns(
            "text",
            rival="cell type that holds more, of which cells were left out",
            reason="why none is named",
        ),
    ),
)

_NODE = (
    *columns(
        "text",
        True,
        node="node of the circuit file, or one of its controls",
        label="its name for readers",
    ),
    *columns("text", tissue="in which it is measured"),
    *columns("boolean", True, control="whether it is a control"),
    *columns("text", True, status="measured or not measurable"),
    *columns("text", measure="how it was measured", reason="why it was not"),
    *columns(
        "integer", genes_found="genes of the measure in the matrix", genes_total="of the measure"
    ),
)

RNA_NODES = Table("rna_nodes", "circuit/rna_nodes.tsv", "a node, as far as RNA measures it", _NODE)

NODES = Table("nodes", "circuit/nodes.tsv", "a node, by RNA or by an assay", _NODE)

AGREEMENT = Table(
    "agreement",
    "circuit/agreement.tsv",
    "a second way to measure a node",
    (
        *columns("text", True, node="node of the circuit file"),
        *columns("text", method="as measured", other_method="the second opinion"),
        *columns("integer", n="samples"),
        *columns("number", spearman="correlation of the two"),
    ),
)
