"""Evaluation of clusters and confidence calibration."""

from __future__ import annotations

from hummgraph.algorithms.evaluation.cross_validation import CrossValidation, cross_validate
from hummgraph.algorithms.evaluation.entity_evaluation import EntityEvaluation, evaluate_entities
from hummgraph.algorithms.evaluation.evaluation import Evaluation, evaluate
from hummgraph.algorithms.evaluation.reliability import Reliability, ReliabilityBin, reliability
from hummgraph.algorithms.evaluation.truth import Truth

__all__ = [
    "CrossValidation",
    "EntityEvaluation",
    "Evaluation",
    "Reliability",
    "ReliabilityBin",
    "Truth",
    "cross_validate",
    "evaluate",
    "evaluate_entities",
    "reliability",
]
