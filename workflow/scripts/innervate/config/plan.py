"""The model of a study that is planned."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from innervate.config.base import Fraction, Name, Strict


class Plan(Strict):
    """A study whose power the target rule `plan` computes by simulation."""

    patients: list[int] = Field([20, 40, 80, 160], min_length=1)
    """Numbers of patients to try."""
    effect: Fraction = 0.4
    """Expected correlation along each edge, between what is there and not what is measured."""
    tissues: list[Name] = ["tumor", "tdln"]
    """Tissues with RNA-seq, bulk or single-cell."""
    assays: list[Name] = []
    """Measurements that are not RNA, as the circuit file names them, for example cgrp_tdln."""
    rna_reliability: Fraction = Field(0.7, gt=0)
    """Share of a score's variance that is the node, and not noise."""
    assay_reliability: Fraction = Field(0.9, gt=0)
    """The same of an assay."""
    confounding: Fraction = 0.3
    """Correlation of purity, and of batch, with everything in the tumor."""
    event_share: Fraction = Field(0.5, gt=0, lt=1)
    """Patients with the event at the end of follow-up."""
    response_share: Fraction = Field(0.3, gt=0, lt=1)
    """Patients who respond to treatment."""
    replicates: int = Field(200, ge=20)
    """Simulated studies behind each number."""

    @model_validator(mode="after")
    def _patients_suffice(self) -> Self:
        if min(self.patients) < 10:
            msg = "`patients` below 10: no edge is tested there"
            raise ValueError(msg)
        return self
