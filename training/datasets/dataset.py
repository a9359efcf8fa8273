"""Prepared samples as tensors: the live path's own preprocessing, after augmentation where there is one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from console.errors import UsageError
from segmentation.classes import ids_from_labels
from segmentation.preprocess import ColorNormalisation, Preprocessor, picked_nearest
from sensors.align import depth_in_metres
from sensors.prepared import PreparedArrays, PreparedDataError, PreparedIndex, PreparedSample
from training.augment.frame import Augmentation, LabelledFrame
from training.datasets.memory import SampleMemory
from training.datasets.sampler import SampleKey


class SampleError(PreparedDataError):
    """A sample that cannot be read; the message names the file."""

    def __init__(self, message: str) -> None:
        # A DataLoader makes an error of a worker process anew, from the text of its traceback. Our message is the last
        # line of it.
        last = message.rstrip().rpartition("\n")[2]
        super().__init__(last.removeprefix(f"{type(self).__module__}.{type(self).__qualname__}: "))


class SegmentationDataset(Dataset[dict[str, Tensor]]):
    """Samples as a network takes them.

    An item: color (3, h, w) float32 normalised; depth_m (1, h, w) float32 metres, 0 = no reading; focal_px (2,)
    float32, fx and fy in pixels of these images; target (h, w) int64, 0..C-1 and 255 = ignore; camera () int64,
    position in camera_names; index () int64, position in samples.

    input_size: width and height. augment: None for validation and evaluation, which then see exactly what the live path
    would give the network. seed: of the augmentation, whose chance depends on it, the epoch and the index alone.
    targets: "label" leaves the labels at their own size, for scores. memory: keeps what was decoded.

    Raises UsageError for samples of the test split with augmentation, which would be training on them; an item that
    cannot be read raises SampleError.
    """

    def __init__(
        self,
        index: PreparedIndex,
        samples: Sequence[PreparedSample],
        *,
        num_classes: int,
        input_size: tuple[int, int],
        normalisation: ColorNormalisation | None = None,
        augment: Augmentation | None = None,
        seed: int = 0,
        targets: Literal["input", "label"] = "input",
        memory: SampleMemory | None = None,
    ) -> None:
        self.samples = tuple(samples)
        self.camera_names = tuple(sorted({sample.camera for sample in index.samples}))
        self.num_classes, self.input_size = num_classes, input_size
        self._index, self._augment, self._seed, self._memory = index, augment, seed, memory
        self._label_sized = targets == "label"
        self._preprocess = Preprocessor(input_size, normalisation)
        self._cameras = {name: number for number, name in enumerate(self.camera_names)}
        self._epoch = 0
        if augment is not None:
            _refuse_test_samples(index, self.samples)

    def set_epoch(self, epoch: int) -> None:
        """The epoch of plain indices; an EpochSampler's keys bring their own."""
        self._epoch = epoch

    def __len__(self) -> int:
        return len(self.samples)

    def __getitem__(self, key: int | SampleKey) -> dict[str, Tensor]:
        epoch, position = key if isinstance(key, tuple) else SampleKey(self._epoch, key)
        frame = self.frame(position, epoch)
        camera = frame.intrinsics
        made = self._preprocess(frame.color, frame.depth_m, (camera.fx, camera.fy))
        label = frame.label if self._label_sized else picked_nearest(frame.label, self.input_size)
        return {
            "color": made.color[0],
            "depth_m": made.depth_m[0],
            "focal_px": made.focal_px[0],
            "target": torch.from_numpy(ids_from_labels(label).astype(np.int64)),
            "camera": torch.tensor(self._cameras[self.samples[position].camera]),
            "index": torch.tensor(position),
        }

    def frame(self, position: int, epoch: int = 0) -> LabelledFrame:
        """The sample at this position as it is in this epoch, before it becomes tensors. Raises SampleError."""
        sample = self.samples[position]
        arrays = self._arrays(position)
        if (highest := int(arrays.label.max())) > self.num_classes:
            raise SampleError(f"{sample.name}: has label {highest}, but the network knows {self.num_classes} classes")
        depth_m = depth_in_metres(arrays.depth_steps, sample.depth_unit_m)
        frame = LabelledFrame(arrays.color, depth_m, arrays.label, sample.intrinsics)
        if self._augment is None:
            return frame
        return self._augment(frame, np.random.default_rng((self._seed, epoch, position)))

    def _arrays(self, position: int) -> PreparedArrays:
        sample = self.samples[position]
        try:
            if self._memory is None:
                return self._index.read(sample)
            return self._memory.read(position, lambda: self._index.read(sample))
        except PreparedDataError as error:
            raise SampleError(str(error)) from error


def _refuse_test_samples(index: PreparedIndex, samples: Sequence[PreparedSample]) -> None:
    held_out = [sample.name for sample in samples if sample.split == "test"]
    if held_out:
        raise UsageError(
            f"{index.root}: sample {held_out[0]} belongs to the test split, which is never trained on;"
            " choose the train split"
        )
