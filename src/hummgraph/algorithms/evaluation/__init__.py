"""Evaluation of clusters and confidence calibration."""
