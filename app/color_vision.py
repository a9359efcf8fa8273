"""How far apart two colours look, to people who see all colours and to those who do not."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

Vision = Literal["normal", "protan", "deutan", "tritan"]
Colors = NDArray[np.floating]

# What someone sees who lacks one of the three kinds of cones, as a matrix on linear sRGB. Source: Machado, Oliveira &
# Fernandes, "A physiologically-based model for simulation of color vision deficiency", IEEE TVCG 2009, severity 1.
SEEN: dict[Vision, NDArray[np.float64]] = {
    "normal": np.eye(3),
    "protan": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deutan": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritan": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}
_XYZ_FROM_RGB = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
_WHITE = _XYZ_FROM_RGB.sum(axis=1)  # D65


def differences(colors: NDArray[np.uint8], vision: Vision) -> NDArray[np.float64]:
    """How far apart colours (N, 3) sRGB look, every one from every other: (N, N), CIEDE2000."""
    lab = lab_of(colors, vision)
    return ciede2000(lab[:, None], lab[None])


def least_differences(colors: NDArray[np.uint8]) -> NDArray[np.float64]:
    """As differences(), to whoever sees the least: (N, N)."""
    return np.min([differences(colors, vision) for vision in SEEN], axis=0)


def lab_of(colors: NDArray[np.uint8], vision: Vision = "normal") -> NDArray[np.float64]:
    """CIE L*a*b* (..., 3) of sRGB colours (..., 3), as someone with this vision sees them."""
    share = np.asarray(colors, np.float64) / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    seen = np.clip(linear @ SEEN[vision].T, 0, 1)
    ratio = seen @ _XYZ_FROM_RGB.T / _WHITE
    root = np.where(ratio > 216 / 24389, np.cbrt(ratio), (24389 / 27 * ratio + 16) / 116)
    x, y, z = np.moveaxis(root, -1, 0)
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def ciede2000(first: Colors, second: Colors) -> NDArray[np.float64]:
    """The difference of L*a*b* colours (..., 3); 1 is just seen, by eyes that see all colours.

    Source: Sharma, Wu & Dalal, "The CIEDE2000 color-difference formula", Color Research and Application 2005.
    """
    (l1, a1, b1), (l2, a2, b2) = np.moveaxis(first, -1, 0), np.moveaxis(second, -1, 0)
    mean_chroma = (np.hypot(a1, b1) + np.hypot(a2, b2)) / 2
    greyness = 1.5 - 0.5 * np.sqrt(mean_chroma**7 / (mean_chroma**7 + 25.0**7))
    c1, c2 = np.hypot(greyness * a1, b1), np.hypot(greyness * a2, b2)
    h1, h2 = (np.rad2deg(np.arctan2(b, greyness * a)) % 360 for a, b in ((a1, b1), (a2, b2)))
    turn = (h2 - h1 + 180) % 360 - 180
    turn = np.where(c1 * c2 == 0, 0.0, turn)
    hue = np.where(c1 * c2 == 0, h1 + h2, h1 + turn / 2)
    return _combined((l1 + l2) / 2, (c1 + c2) / 2, hue, l2 - l1, c2 - c1, 2 * np.sqrt(c1 * c2) * _sin(turn / 2))


def _combined(
    lightness: Colors, chroma: Colors, hue_deg: Colors, lighter: Colors, stronger: Colors, turned: Colors
) -> NDArray[np.float64]:
    """The three differences, each by what it counts at this mean lightness, chroma and hue."""
    hues = ((1, -30, -0.17), (2, 0, 0.24), (3, 6, 0.32), (4, -63, -0.20))
    t = 1 + sum(share * _cos(times * hue_deg + shift) for times, shift, share in hues)
    off_grey = (lightness - 50) ** 2
    by_lightness = lighter / (1 + 0.015 * off_grey / np.sqrt(20 + off_grey))
    by_chroma = stronger / (1 + 0.045 * chroma)
    by_hue = turned / (1 + 0.015 * chroma * t)
    blue = 30 * np.exp(-(((hue_deg % 360 - 275) / 25) ** 2))
    rotation = -2 * np.sqrt(chroma**7 / (chroma**7 + 25.0**7)) * _sin(2 * blue)
    return np.sqrt(by_lightness**2 + by_chroma**2 + by_hue**2 + rotation * by_chroma * by_hue)


def _sin(degrees: Colors) -> Colors:
    return np.sin(np.deg2rad(degrees))


def _cos(degrees: Colors) -> Colors:
    return np.cos(np.deg2rad(degrees))
