"""Arithmetic on many vectors at once, stored as (3, N) or (3, h, w); spelled out, which beats a general product."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.floating]


def dot(a: Vectors, b: Vectors) -> NDArray[np.floating]:
    """Scalar products (N,)."""
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def turned(matrix: NDArray[np.floating], vectors: Vectors) -> Vectors:
    """matrix (3, 3) applied to each of the vectors, in their type."""
    m = matrix.astype(vectors.dtype)
    return np.stack([m[k, 0] * vectors[0] + m[k, 1] * vectors[1] + m[k, 2] * vectors[2] for k in range(3)])


def turned_each(table: NDArray[np.floating], vectors: Vectors) -> Vectors:
    """Each vector by a matrix of its own: table (9, N), row by row."""
    return np.stack([dot(table[3 * k : 3 * k + 3], vectors) for k in range(3)])


def unit(vectors: Vectors) -> Vectors:
    """The vectors at length 1; those of length 0 stay."""
    return vectors / np.maximum(np.sqrt(dot(vectors, vectors)), np.float32(1e-12))
