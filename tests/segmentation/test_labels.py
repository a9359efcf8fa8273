from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from segmentation.labels import label_map

SIZES = [  # logits' height and width, output's height and width
    (12, 16, 24, 32),
    (12, 16, 48, 64),
    (13, 17, 47, 61),
    (30, 40, 101, 77),
    (24, 32, 24, 32),
    (24, 32, 17, 11),
    (1, 1, 9, 7),
    (1, 9, 20, 31),
    (2, 2, 3, 3),
]


def harsh_logits(height: int, width: int, seed: int, classes: int = 37) -> Tensor:
    return torch.randn(1, classes, height, width, generator=torch.Generator().manual_seed(seed)) * 3


def smooth_logits(height: int, width: int, seed: int, classes: int = 37) -> Tensor:
    coarse = harsh_logits(-(-height // 6), -(-width // 6), seed, classes) * 3
    return F.interpolate(coarse, size=(height, width), mode="bicubic")


def lines_crossing_logits(height: int, width: int, seed: int, classes: int = 37) -> Tensor:
    """Three classes: between a cell of the first and one of the second, the third wins without being best in either."""
    logits = torch.full((1, classes, height, width), -9.0) + harsh_logits(height, width, seed, classes) * 0.01
    checker = (torch.arange(height)[:, None] + torch.arange(width)) % 2
    logits[:, 0] = 4.0 * checker
    logits[:, 1] = 4.0 * (1 - checker)
    logits[:, 2] += 9 + 3
    return logits


def assert_same_labels(labels: Tensor, logits: Tensor, size: tuple[int, int]) -> None:
    """Every label is the reference's, but where the reference's two best classes are equal up to rounding."""
    reference = F.interpolate(logits.double(), size=size, mode="bilinear", align_corners=False)
    best, second = reference.topk(2, dim=1).values.unbind(dim=1)
    clear = (best - second)[0] > 1e-4
    assert clear.float().mean() > 0.99, "the map is not free of ties"
    assert torch.equal(labels[clear], reference.max(dim=1).indices[0].to(torch.uint8)[clear] + 1)


@pytest.mark.parametrize("make", [harsh_logits, smooth_logits, lines_crossing_logits])
@pytest.mark.parametrize("sizes", SIZES, ids=str)
@pytest.mark.parametrize("channels_last", [False, True])
def test_no_label_differs_from_bilinear_then_argmax(make, sizes, channels_last: bool) -> None:
    height, width, *size = sizes
    for seed in range(3):
        logits = make(height, width, seed)
        layout = torch.channels_last if channels_last else torch.contiguous_format
        labels = label_map(logits.contiguous(memory_format=layout), tuple(size)).labels
        assert labels.dtype == torch.uint8
        assert_same_labels(labels, logits, tuple(size))


@pytest.mark.parametrize("make", [harsh_logits, smooth_logits])
def test_the_size_in_use_agrees_too(make) -> None:
    logits = make(240, 320, seed=5)
    assert_same_labels(label_map(logits, (480, 640)).labels, logits, (480, 640))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_logits_are_read_at_full_precision(dtype: torch.dtype) -> None:
    logits = smooth_logits(12, 16, seed=1).to(dtype)
    assert_same_labels(label_map(logits, (24, 32)).labels, logits.float(), (24, 32))


def test_confidence_is_the_probability_of_the_best_class() -> None:
    logits = smooth_logits(12, 16, seed=2)
    same_size = label_map(logits, (12, 16)).confidence
    assert same_size.dtype == torch.float16
    torch.testing.assert_close(same_size.float(), logits.softmax(dim=1).amax(dim=1)[0], atol=1e-3, rtol=0)
    larger = label_map(logits, (31, 50)).confidence
    expected = F.interpolate(logits.softmax(dim=1).amax(dim=1)[None], size=(31, 50), mode="bilinear")[0, 0]
    torch.testing.assert_close(larger.float(), expected, atol=1e-3, rtol=0)


def test_certain_and_uniform_logits_bound_the_confidence() -> None:
    certain = torch.zeros(1, 5, 4, 4)
    certain[:, 3] = 1e4
    assert (label_map(certain, (8, 8)).confidence == 1).all()
    assert (label_map(certain, (8, 8)).labels == 4).all()
    assert torch.allclose(label_map(torch.zeros(1, 5, 4, 4), (8, 8)).confidence.float(), torch.tensor(0.2), atol=1e-3)


def test_the_last_of_the_most_classes_fits_a_byte() -> None:
    logits = torch.zeros(1, 255, 2, 2)
    logits[:, 254] = 1
    assert (label_map(logits, (5, 4)).labels == 255).all()


@pytest.mark.parametrize("shape", [(2, 5, 4, 4), (5, 4, 4), (1, 256, 4, 4)])
def test_logits_of_another_shape_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="expected"):
        label_map(torch.zeros(shape), (8, 8))


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
@pytest.mark.parametrize("sizes", SIZES, ids=str)
def test_cuda_agrees_with_the_cpu(sizes) -> None:
    height, width, *size = sizes
    logits = smooth_logits(height, width, seed=3)
    on_cuda = label_map(logits.cuda(), tuple(size))
    assert_same_labels(on_cuda.labels.cpu(), logits, tuple(size))
    torch.testing.assert_close(on_cuda.confidence.cpu(), label_map(logits, tuple(size)).confidence, atol=2e-3, rtol=0)
