"""The model of a circuit file: nodes and how they are measured, controls, edges, rules."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from innervate.config.base import Fraction, Name, Strict
from innervate.config.direction import Direction, along_edges
from innervate.config.evidence import Evidence, Outcome
from innervate.config.load import read_yaml, validate
from innervate.config.measures import InCells, Measure, SecondOpinion
from innervate.runtime.errors import raise_if_any


def _number(value: Any) -> Any:
    """A sign that was written as `+1`, which the YAML loader leaves as text."""
    return int(value) if value in ("+1", "+0", "-0") else value


Sign = Annotated[Literal[-1, 1], BeforeValidator(_number)]


class Node(Strict):
    """Something the circuit is made of, in one tissue."""

    label: str
    """For figures."""
    tissue: Name
    """Tissue it is measured in."""
    place: Name | None = None
    """Where the report draws it, if not in that tissue: a nerve is measured in a tumor's RNA."""
    toward: Annotated[Literal[-1, 0, 1], BeforeValidator(_number)] = 0
    """Its sign in a patient's circuit index; 0 keeps it out."""
    to_response: Literal[-1, 0, 1] = 0
    """Which way the node goes with response to treatment, where the edges can't say it: 1 where
    higher values are expected with a response, -1 where with none. A node without a direction is
    no predictor."""
    measures: list[Measure] = Field(min_length=1)
    """In order of directness: the first that the cohort can feed is used, and said."""
    adjust_for: list[str] = []
    """Sets whose scores are taken out by least squares; the result stands beside the plain."""
    primary: Literal["plain", "adjusted"] = "plain"
    """Which of the two stands for the node."""
    second_opinions: list[SecondOpinion] = []
    """Further methods."""
    cells: InCells | None = None
    """The cells that the node is measured in; without it single cells can't measure it."""
    note: str = ""
    """What a reader should know of the measure."""

    def genes(self) -> set[str]:
        """Human symbols that the node is measured by one at a time."""
        found = set()
        for measure in self.measures:
            if measure.kind == "gene":
                found.add(measure.gene)
            elif measure.kind == "ratio":
                found |= {measure.numerator, measure.denominator}
        return found

    def sets(self) -> Iterator[str]:
        """Names of all gene sets that the node uses."""
        yield from self.adjust_for
        yield from self.cells.adjust_for if self.cells else ()
        yield from (opinion.set for opinion in self.second_opinions)
        for measure in self.measures:
            if measure.kind == "set":
                yield measure.set
            elif measure.kind == "modules":
                for names in measure.parts.values():
                    yield from names
            elif measure.kind == "difference":
                yield from (measure.plus, measure.minus)


class Edge(Strict):
    """An arrow of the circuit."""

    source: Name
    """Node it leaves."""
    target: Name
    """Node or outcome it reaches."""
    sign: Sign
    """Whether the target is expected to rise (1) or fall (-1) with the source."""
    note: str = ""
    """Why it is expected."""


class CellMeasure(Strict):
    """Something to report by cell type, so that a reader sees where it comes from."""

    label: str
    """For figures."""
    tissue: Name
    """Tissue it is looked at in."""
    gene: str | None = None
    """Human symbol; its share of the tissue's transcripts is given by cell type."""
    set: str | None = None
    """Name in resources/gene_sets."""
    types: list[Name] = []
    """Cell types to report; by default all."""

    @model_validator(mode="after")
    def _one_measure(self) -> Self:
        if (self.gene is None) == (self.set is None):
            msg = "give either `gene` or `set`"
            raise ValueError(msg)
        return self


class LigandReceptor(Strict):
    """A pair of the circuit; subunits of a complex are joined by `_`."""

    ligand: str
    """Human symbols."""
    receptor: str
    """Human symbols."""


class Call(Strict):
    """When a patient's circuit is called active or inactive; uncertain otherwise, and not measured
    where no node is."""

    minimum_nodes: int = Field(ge=1)
    """Nodes of the index that must be measured."""
    active_above: float
    """Active where the whole interval of the circuit index lies above this z."""
    inactive_below: float
    """Inactive where the whole interval lies below this z."""


class Polarization(Strict):
    """Which nodes the macrophage call rests on."""

    m1: Name
    """Node of the M1-like state."""
    m2: Name
    """Node of the M2-like state."""
    polarity: Name
    """Node of M2 over M1."""
    ratio: Name
    """Node of the gene ratio."""
    raised_above: Fraction = 0.9
    """Share of matched random sets that a state's set must exceed to count as raised."""


class Circuit(Strict):
    """A circuit file."""

    title: str
    """For the report."""
    doi: str
    """Of the paper that proposed it."""
    nodes: dict[Name, Node]
    """By name."""
    controls: dict[Name, Node] = {}
    """Programs that could explain an edge away; scored like nodes, never part of the index."""
    outcomes: dict[Name, Outcome] = {}
    """Clinical ends that an edge may reach."""
    edges: list[Edge] = []
    """Arrows."""
    paths: list[list[Name]] = []
    """Chains of edges that are tested as a whole, from the first node to the last."""
    evidence: Evidence
    """What an edge is tested against, and when it counts as supported."""
    polarization: Polarization | None = None
    """How macrophages are called."""
    by_cell_type: dict[Name, CellMeasure] = {}
    """Single cells: what is reported by cell type."""
    ligand_receptor: list[LigandReceptor] = []
    """Single cells: pairs that are ranked among random ones."""
    call: Call
    """How patients are called."""

    @model_validator(mode="after")
    def _names_are_known(self) -> Self:
        problems = []
        both = set(self.nodes) & set(self.controls)
        if both:
            problems.append(f"both a node and a control: {', '.join(sorted(both))}")
        for edge in self.edges:
            if edge.source not in self.nodes:
                problems.append(f"edge from {edge.source}, which is not a node")
            if edge.target not in {*self.nodes, *self.outcomes}:
                problems.append(f"edge to {edge.target}, which is neither a node nor an outcome")
        if self.polarization:
            roles = ("m1", "m2", "polarity", "ratio")
            named = [getattr(self.polarization, role) for role in roles]
            problems += [f"polarization names {name}" for name in named if name not in self.nodes]
        problems += [*self._path_problems(), *self._direction_problems()]
        for key in ("composition", "specificity", "common_causes"):
            unknown = [name for name in getattr(self.evidence, key) if name not in self.controls]
            problems += [f"evidence.{key} names {name}, which is not a control" for name in unknown]
        if problems:
            raise ValueError("; ".join(problems))
        return self

    def _path_problems(self) -> list[str]:
        arrows = {(edge.source, edge.target) for edge in self.edges}
        problems = []
        for path in self.paths:
            if len(path) < 3 or len(set(path)) < len(path):
                problems.append(f"path {' > '.join(path)}: at least three different nodes")
            problems += [
                f"path {' > '.join(path)}: no edge from {source} to {target}"
                for source, target in pairwise(path)
                if (source, target) not in arrows
            ]
        return problems

    def _direction_problems(self) -> list[str]:
        found = {name: along_edges(name, self.edges, self.outcomes)[0] for name in self.nodes}
        return [
            f"nodes.{name}.to_response is {node.to_response}, the edges say {found[name]}"
            for name, node in self.nodes.items()
            if node.to_response * found[name] < 0
        ]

    def direction(self, name: str) -> Direction:
        """What higher values of a node are expected to mean for the response to treatment.

        The edges say it, or the node's own `to_response`, or the sign with which the node stands
        in the circuit index.
        """
        known = self._direction(name)
        if known.sign or not self.nodes[name].toward:
            return known
        sign = self.nodes[name].toward * self.index_direction().sign
        return Direction(sign, "index") if sign else Direction()

    def index_direction(self) -> Direction:
        """What a higher circuit index is expected to mean: what its nodes say, if they agree."""
        counted = {name: node.toward for name, node in self.nodes.items() if node.toward}
        signs = {toward * self._direction(name).sign for name, toward in counted.items()} - {0}
        return Direction(signs.pop(), "edges") if len(signs) == 1 else Direction()

    def activity_sign(self, name: str) -> int:
        """Whether a node is high (1) or low (-1) where the circuit is active; 0 if unknown."""
        node = self.nodes[name]
        return node.toward or self.direction(name).sign * self.index_direction().sign

    def _direction(self, name: str) -> Direction:
        sign = along_edges(name, self.edges, self.outcomes)[0]
        if sign:
            return Direction(sign, "edges")
        declared = self.nodes[name].to_response
        return Direction(declared, "circuit file") if declared else Direction()

    def sign(self, source: str, target: str) -> int:
        """Expected sign of the edge between two ends."""
        return next(e.sign for e in self.edges if (e.source, e.target) == (source, target))

    def everything(self) -> dict[str, Node]:
        """Nodes, then controls."""
        return {**self.nodes, **self.controls}

    def partner_genes(self, name: str) -> frozenset[str]:
        """Genes that stand at the other end of a node's edges.

        A set that holds such a gene is used without it, or the test would be partly arithmetic.
        """
        ends = {edge.target for edge in self.edges if edge.source == name}
        ends |= {edge.source for edge in self.edges if edge.target == name}
        return frozenset().union(*(self.nodes[end].genes() for end in ends if end in self.nodes))


def load_circuit(path: str | Path) -> Circuit:
    """Load a circuit file.

    Raises
    ------
    InputError
        With every problem of the file.
    """
    data, problems = read_yaml(path)
    circuit = None
    if not problems:
        circuit, problems = validate(Circuit, data, str(path))
    raise_if_any(problems)
    return circuit
