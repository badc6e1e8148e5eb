"""Weighted least squares in pure Python, for fits of a few parameters."""

from collections.abc import Sequence

Vector = Sequence[float]


def fit(rows: Sequence[Vector], values: Vector, weights: Vector, ridge: Vector) -> list[float]:
    """Parameters that minimize the weighted squared errors, each damped by its `ridge` (> 0)."""
    size = len(ridge)
    matrix = [[ridge[i] * (i == j) for j in range(size)] + [0.0] for i in range(size)]
    for row, value, weight in zip(rows, values, weights, strict=True):
        for i in range(size):
            weighted = weight * row[i]
            for j in range(i, size):
                matrix[i][j] += weighted * row[j]
            matrix[i][size] += weighted * value
    for i in range(size):
        for j in range(i):
            matrix[i][j] = matrix[j][i]
    return _solve(matrix)


def _solve(matrix: list[list[float]]) -> list[float]:
    """Solution of a positive definite system with its right side as the last column."""
    size = len(matrix)
    for at in range(size):
        pivot = matrix[at]
        for below in matrix[at + 1 :]:
            factor = below[at] / pivot[at]
            for column in range(at, size + 1):
                below[column] -= factor * pivot[column]
    solution = [0.0] * size
    for at in reversed(range(size)):
        rest = sum(matrix[at][column] * solution[column] for column in range(at + 1, size))
        solution[at] = (matrix[at][size] - rest) / matrix[at][at]
    return solution
