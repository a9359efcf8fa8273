from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F

from segmentation.labels import label_map
from training.losses import cross_entropy, iou_loss, lovasz_softmax, soft_jaccard, targets_at, upsampled


def random_case(seed: int = 0, size: tuple[int, int] = (6, 8)) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    logits = torch.randn(2, 5, *size, generator=generator)
    target = torch.randint(0, 5, (2, *size), generator=generator)
    target[torch.rand(target.shape, generator=generator) < 0.2] = 255
    return logits, target, torch.rand(5, generator=generator) + 0.1


def test_logits_are_upsampled_for_the_loss_as_for_the_labels() -> None:
    logits, _, _ = random_case()
    for size in ((6, 8), (24, 32), (23, 30)):
        at_pixels = upsampled(logits, size)
        assert at_pixels.shape == (2, 5, *size)
        assert torch.equal(at_pixels[:1].argmax(dim=1)[0] + 1, label_map(logits[:1], size).labels)


def test_cross_entropy_is_torchs_where_sizes_agree() -> None:
    logits, target, weights = random_case()
    ours = cross_entropy(logits, targets_at(target, (6, 8)), weights)
    assert ours.item() == pytest.approx(F.cross_entropy(logits, target, weights, ignore_index=255).item(), rel=1e-5)


def test_a_coarser_output_answers_for_every_pixel_under_it() -> None:
    logits, _, weights = random_case()
    fine = random_case(1, (12, 16))[1]
    ours = cross_entropy(logits, targets_at(fine, (6, 8)), weights)
    spread = F.interpolate(logits, scale_factor=2, mode="nearest")
    assert ours.item() == pytest.approx(F.cross_entropy(spread, fine, weights, ignore_index=255).item(), rel=1e-5)


def test_void_has_no_gradient() -> None:
    logits, target, weights = random_case()
    logits.requires_grad_(True)
    cross_entropy(logits, targets_at(target, (6, 8)), weights).backward()
    assert logits.grad is not None
    assert (logits.grad.abs().sum(1)[target == 255] == 0).all()
    assert (logits.grad.abs().sum(1)[target != 255] > 0).all()


@pytest.mark.parametrize("kind", ["ce", "lovasz", "jaccard"])
def test_a_batch_of_void_is_zero_and_no_nan(kind) -> None:
    logits, target, weights = random_case()
    logits.requires_grad_(True)
    void = torch.full_like(target, 255)
    loss = cross_entropy(logits, targets_at(void, (6, 8)), weights) + iou_loss(kind, logits, void)
    loss.backward()
    assert loss.item() == 0
    assert logits.grad is not None
    assert logits.grad.abs().max() == 0


def test_half_precision_logits_are_summed_in_single() -> None:
    logits, target, weights = random_case()
    logits = logits.bfloat16()
    exact = cross_entropy(logits.float(), targets_at(target, (6, 8)), weights)
    half = cross_entropy(logits, targets_at(target, (6, 8)), weights)
    assert half.dtype == torch.float32
    assert half.item() == exact.item()


def test_every_pixel_is_the_truth_of_one_cell() -> None:
    pixels = torch.arange(2 * 12 * 16).view(2, 12, 16)
    under = targets_at(pixels, (6, 8))
    assert under.shape == (2, 4, 6, 8)
    assert torch.equal(under.flatten().sort().values, pixels.flatten())
    assert under[0, :, 1, 2].tolist() == [pixels[0, y, x] for y in (2, 3) for x in (4, 5)]


@pytest.mark.parametrize("size", [(4, 5), (3, 4), (8, 10)])
def test_else_a_cell_takes_the_pixel_under_its_centre(size) -> None:
    pixels = torch.arange(9 * 11).view(1, 9, 11)
    under = targets_at(pixels, size)
    assert under.shape == (1, 1, *size)
    for y in range(size[0]):
        for x in range(size[1]):
            row, column = int((y + 0.5) * 9 / size[0]), int((x + 0.5) * 11 / size[1])
            assert under[0, 0, y, x] == pixels[0, row, column]


@pytest.mark.parametrize("loss", [lovasz_softmax, soft_jaccard])
def test_of_decisions_it_is_one_minus_iou(loss) -> None:
    """Both extend 1 - IoU from decisions to probabilities."""
    generator = torch.Generator().manual_seed(3)
    truth, guess = torch.randint(0, 4, (2, 300), generator=generator)
    expected = [
        1 - ((truth == name) & (guess == name)).sum() / ((truth == name) | (guess == name)).sum() for name in range(4)
    ]
    assert loss(F.one_hot(guess, 4).float(), truth).item() == pytest.approx(float(sum(expected)) / 4, abs=1e-5)


@pytest.mark.parametrize("kind", ["lovasz", "jaccard"])
def test_following_it_down_raises_the_iou(kind) -> None:
    logits, target, _ = random_case()
    logits = (logits * 0.1).requires_grad_(True)
    before = iou_loss(kind, logits, target)
    for _ in range(30):
        (slope,) = torch.autograd.grad(iou_loss(kind, logits, target), logits)
        logits = (logits - 100 * slope).detach().requires_grad_(True)
    assert iou_loss(kind, logits, target) < before / 2
    counted = target != 255
    assert (logits.argmax(1)[counted] == target[counted]).float().mean() > 0.9
