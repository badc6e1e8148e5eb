"""Conformance vectors: cases with their results, computed by the Python core.

`python -m tools.vectors` writes tests/vectors/*.json. A client in any language can read them.
"""
