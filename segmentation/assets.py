"""Where the files in assets/ are, in a checkout and in an installed wheel."""

from __future__ import annotations

from pathlib import Path


def asset_path(name: str) -> Path:
    """The path of a file in assets/, such as "classes/nyu40.json"; it need not exist.

    In a checkout and in a wheel alike, assets/ lies beside the packages.
    """
    return Path(__file__).resolve().parent.parent / "assets" / name
