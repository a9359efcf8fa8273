from __future__ import annotations

import pytest
import torch
from torch import nn

from training.batch_norm import RunningStatistics


def batches(count: int) -> list[torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    return [torch.randn(6, 2, 3, 3, generator=generator) * (1 + n % 3) + n for n in range(count)]


def means_after(layer: nn.BatchNorm2d, momentum: float, given: list[torch.Tensor]) -> list[torch.Tensor]:
    statistics = RunningStatistics(layer, momentum)
    means = []
    for batch in given:
        statistics.before_batch()
        layer.train()(batch)
        assert layer.running_mean is not None
        means.append(layer.running_mean.clone())
    return means


def test_the_first_batches_weigh_alike_and_later_ones_by_momentum() -> None:
    given = batches(40)
    own = torch.stack([batch.mean(dim=(0, 2, 3)) for batch in given])
    expected = own[0]
    for count, (mean, batch_mean) in enumerate(zip(means_after(nn.BatchNorm2d(2), 0.1, given), own, strict=True)):
        share = max(0.1, 1 / (count + 1))
        expected = own[0] if count == 0 else (1 - share) * expected + share * batch_mean
        torch.testing.assert_close(mean, expected)
        if count < 10:
            torch.testing.assert_close(mean, own[: count + 1].mean(0))


def test_nothing_of_the_start_stays() -> None:
    given = [torch.randn(6, 2, 3, 3) + 100 for _ in range(3)]
    assert (means_after(nn.BatchNorm2d(2), 0.01, given)[-1] > 99).all()


@pytest.mark.parametrize("seen", [10, 30_000])
def test_what_was_trained_before_goes_on_as_it_was(seen: int) -> None:
    layer, plain = nn.BatchNorm2d(2), nn.BatchNorm2d(2, momentum=0.1)
    for one in (layer, plain):
        assert one.num_batches_tracked is not None
        one.num_batches_tracked.fill_(seen)
    given = batches(5)
    for batch, mean in zip(given, means_after(layer, 0.1, given), strict=True):
        plain.train()(batch)
        assert plain.running_mean is not None
        torch.testing.assert_close(mean, plain.running_mean)


def test_a_break_changes_nothing() -> None:
    given = batches(16)
    whole = means_after(nn.BatchNorm2d(2), 0.1, given)[-1]
    layer = nn.BatchNorm2d(2)
    for part in (given[:4], given[4:]):
        last = means_after(layer, 0.1, part)[-1]
    torch.testing.assert_close(last, whole, rtol=0, atol=0)
