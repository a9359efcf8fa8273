"""What the surface is: every frame votes on the voxels that it sees."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from app.mapping.library import load_open3d

BITS = 21  # of a voxel's number along each axis
_MIDDLE = 1 << (BITS - 1)
_AXES = np.array([1, 1 << BITS, 1 << 2 * BITS], np.int64)
_AROUND = np.concatenate([[0], _AXES, -_AXES])
AT_ONCE = 1 << 14  # voxels looked up at a time


class LabelVotes:
    """The weights of every class by voxel. Not more than `most_voxels`: then it is `full`, and others get no votes.

    One thread at a time. labels: 0 = void, which nobody votes for; up to `highest`.
    """

    def __init__(self, voxel_m: float, highest: int, most_voxels: int) -> None:
        o3d = load_open3d("maps")
        self.full = False
        self._voxel_m, self._most_voxels = voxel_m, most_voxels
        # Its places serve as row numbers; it never outgrows its capacity, so they last.
        self._rows = o3d.core.HashSet(most_voxels, o3d.core.int64, (1,))
        self._weights = np.zeros((most_voxels, highest + 1), np.float32)  # takes memory only where written

    def __len__(self) -> int:
        """The number of voxels that have votes."""
        return int(self._rows.size())

    def add(self, points_m: NDArray[np.floating], labels: NDArray[np.uint8], weights: NDArray[np.floating]) -> None:
        """Vote: points_m (N, 3) in the map's frame, labels (N,), weights (N,)."""
        says = (labels > 0) & (weights > 0)
        keys, which = np.unique(self._keys(points_m[says]), return_inverse=True)
        rows = self._make_rows(keys)[which]
        placed = rows >= 0
        np.add.at(self._weights, (rows[placed], labels[says][placed]), weights[says][placed].astype(np.float32))

    def labels_at(self, points_m: NDArray[np.floating]) -> NDArray[np.uint8]:
        """The winner at each point (N, 3), by the votes of its voxel and of the six beside it; 0 = there are none."""
        keys, which = np.unique(self._keys(points_m), return_inverse=True)
        winners = np.zeros(len(keys), np.uint8)
        for start in range(0, len(keys), AT_ONCE):
            part = slice(start, start + AT_ONCE)
            rows = self._find((keys[part, None] + _AROUND).ravel()).reshape(-1, len(_AROUND))
            weights = np.where(rows[:, :, None] < 0, np.float32(0), self._weights[rows]).sum(axis=1)
            winners[part] = weights.argmax(axis=1)  # without votes the first, 0
        return winners[which]

    def _keys(self, points_m: NDArray[np.floating]) -> NDArray[np.int64]:
        """The number (N,) of each point's voxel."""
        voxels = np.floor(points_m / self._voxel_m).astype(np.int64) + _MIDDLE
        return np.clip(voxels, 1, 2 * _MIDDLE - 2) @ _AXES

    def _find(self, keys: NDArray[np.int64]) -> NDArray[np.int64]:
        """The rows of voxels, -1 for those without votes."""
        o3d = load_open3d("maps")
        rows, known = self._rows.find(o3d.core.Tensor(keys[:, None]))
        return np.where(known.numpy(), rows.numpy().astype(np.int64), -1)

    def _make_rows(self, keys: NDArray[np.int64]) -> NDArray[np.int64]:
        """The rows of different voxels; new ones get one as long as there is room."""
        if not len(keys):
            return np.empty(0, np.int64)
        o3d = load_open3d("maps")
        fresh = keys[self._find(keys) < 0]
        room = self._most_voxels - len(self)
        self.full = self.full or len(fresh) > room
        if len(fresh[:room]):
            self._rows.insert(o3d.core.Tensor(fresh[:room, None]))
        return self._find(keys)
