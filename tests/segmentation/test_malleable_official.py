"""The authors' published code, where it departs from the equations: its known figures, and what makes each ours."""

from __future__ import annotations

import dataclasses

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from segmentation.malleable import MalleableConv2d
from segmentation.malleable_reference import (
    OFFICIAL,
    OURS,
    Behaviour,
    from_official_state,
    reference_forward,
    reference_shares,
)

FOCAL_PX = torch.tensor([[518.858, 519.470]], dtype=torch.float64)


@pytest.fixture(autouse=True)
def _seed() -> None:
    torch.manual_seed(11)


def one_step(steps: float) -> Tensor:
    """Depth of three pixels in a row; the right one lies `steps` grid steps of 4 px behind the others."""
    return torch.tensor([[[[2.0, 2.0, 2.0 * (1 + steps * 4 / 518.858)]]]], dtype=torch.float64)


def mass_in_range(steps: float, behaviour: Behaviour) -> float:
    layer = MalleableConv2d(1, 1, (1, 3), padding=(0, 1))
    return reference_shares(layer, one_step(steps), FOCAL_PX, 4, behaviour)[0, :, 2, 1].sum().item()


def test_all_missing_depth_gives_six_tenths_of_the_plain_convolution() -> None:
    layer = MalleableConv2d(3, 4, 3, padding=1, official_code=True).double()
    x, depth = torch.randn(1, 3, 8, 8, dtype=torch.float64), torch.zeros(1, 1, 8, 8, dtype=torch.float64)
    plain = functional.conv2d(x, layer.weight[0], padding=1)
    torch.testing.assert_close(layer(x, depth, FOCAL_PX, 4), 0.6 * plain, rtol=0, atol=1e-12)
    neutral = dataclasses.replace(OFFICIAL, missing_counts_as_a_class_each=False)
    torch.testing.assert_close(reference_forward(layer, x, depth, FOCAL_PX, 4, neutral), plain, rtol=0, atol=1e-12)


def test_constant_depth_gives_a_gain_of_0_979() -> None:
    layer = MalleableConv2d(3, 4, 3, official_code=True).double()
    x, depth = torch.randn(1, 3, 8, 8, dtype=torch.float64), torch.full((1, 1, 8, 8), 2.0, dtype=torch.float64)
    gain = layer(x, depth, FOCAL_PX, 4) / functional.conv2d(x, layer.weight[0])
    torch.testing.assert_close(gain, torch.full_like(gain, 0.979), rtol=0, atol=5e-4)


@pytest.mark.parametrize(("steps", "official", "ours"), [(2.5, 0.121, 0.077), (3.0, 0.048, 0.007)])
def test_the_mass_in_range_behind_the_last_centre(steps: float, official: float, ours: float) -> None:
    assert mass_in_range(steps, OFFICIAL) == pytest.approx(official, abs=5e-4)
    assert mass_in_range(steps, OURS) == pytest.approx(ours, abs=5e-4)
    in_steps = dataclasses.replace(OFFICIAL, sign_test_in_metres=False)
    assert mass_in_range(steps, in_steps) == pytest.approx(ours, abs=5e-4)


def test_a_gap_of_more_than_two_metres_does_flip_the_sign_there() -> None:
    layer = MalleableConv2d(1, 1, (1, 3), padding=(0, 1))
    depth = torch.tensor([[[[8.0, 8.0, 10.5]]]], dtype=torch.float64)
    official, ours = (reference_shares(layer, depth, FOCAL_PX, 4, b)[0, :, 2, 1].sum().item() for b in (OFFICIAL, OURS))
    assert official == pytest.approx(ours, abs=1e-12)
    assert ours < 1e-12


def test_the_epsilon_on_the_grid_step_and_the_one_focal_length() -> None:
    layer = MalleableConv2d(2, 2, 3, padding=1).double()
    x = torch.randn(1, 2, 9, 9, dtype=torch.float64)
    depth = 1 + 0.02 * torch.randn(1, 1, 9, 9, dtype=torch.float64)
    quiet = Behaviour(horizontal_focal_only=True, grid_epsilon_m=1e-7, clamped=False)
    square = FOCAL_PX[:, :1].expand(1, 2)
    ours = layer(x, depth, square, 4)
    small = (reference_forward(layer, x, depth, square, 4, quiet) - ours).abs().max()
    assert 0 < small < 1e-4
    torch.testing.assert_close(
        reference_forward(layer, x, depth, torch.tensor([[518.858, 99.0]]), 4, quiet),
        reference_forward(layer, x, depth, square, 4, quiet),
        rtol=0,
        atol=1e-5,
    )


def test_a_layer_of_the_authors_code_loads() -> None:
    state = {f"weight_{k}": torch.randn(4, 3, 3, 3) for k in range(3)} | {
        "depth_anchor": torch.tensor([-2.1, -0.9, 0.2, 1.1, 1.9]).view(1, 5, 1, 1),
        "temperature": torch.tensor([0.7]),
        "kernel_weight": torch.tensor([0.1, -0.2, 0.3]),
    }
    layer = MalleableConv2d(3, 4, 3)
    layer.load_state_dict(from_official_state(state))
    assert layer.held_centres.tolist() == pytest.approx([-2.1, -0.9, 0, 1.1, 1.9])
    assert layer.temperature.item() == pytest.approx(0.7 + 1e-5, rel=1e-6)
    assert layer.kernel_scales.tolist() == pytest.approx((3 * torch.softmax(state["kernel_weight"], 0)).tolist())
    assert all(torch.equal(layer.weight[k], state[f"weight_{k}"]) for k in range(3))
    layer.load_state_dict(from_official_state(state | {"temperature": torch.tensor([-0.3])}))
    assert layer.temperature.item() == pytest.approx(1e-5, rel=2e-3)
