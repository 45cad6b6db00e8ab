"""Layered diagrams as SVG and Mermaid."""
