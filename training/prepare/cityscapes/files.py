"""Which files Cityscapes consists of, and how those of one image are found in four archives or folders."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from training.prepare.archive import Tree, open_tree
from training.prepare.downloads import Download, check_downloads

HOME = "https://www.cityscapes-dataset.com/downloads (a login is needed)"
SPLITS = ("train", "val")  # the labels of test are not public: what lies in gtFine/test is all void


@dataclass(frozen=True, slots=True)
class Part:
    """A download. folder: in the archive and unpacked. ending: of the file names that are wanted of it."""

    folder: str
    archive: str
    ending: str

    def name(self, split: str, city: str, image: str) -> str:
        """The file of an image."""
        return f"{self.folder}/{split}/{city}/{image}{self.ending}"

    def image(self, name: str) -> tuple[str, str, str]:
        """The split, city and image of a wanted file."""
        _, split, city, file = name.split("/")
        return split, city, file.removesuffix(self.ending)

    def open(self, source: Path) -> Tree:
        """Its wanted files. Raises PreparedDataError as open_tree does."""
        known_by = f"{self.folder}/train/CITY/*{self.ending}"
        return open_tree(source, self.folder, self.archive, self._wanted, known_by=known_by)

    def _wanted(self, name: str) -> bool:
        parts = name.split("/")
        return len(parts) == 4 and parts[0] == self.folder and parts[1] in SPLITS and name.endswith(self.ending)


COLOR = Part("leftImg8bit", "leftImg8bit_trainvaltest.zip", "_leftImg8bit.png")
LABEL = Part("gtFine", "gtFine_trainvaltest.zip", "_gtFine_labelIds.png")
DISPARITY = Part("disparity", "disparity_trainvaltest.zip", "_disparity.png")
CAMERA = Part("camera", "camera_trainvaltest.zip", "_camera.json")
PARTS = (COLOR, LABEL, DISPARITY, CAMERA)


def open_parts(source: Path) -> dict[Part, Tree]:
    """The files of each download.

    Raises PreparedDataError naming all downloads that are not there, or one that is damaged or another one.
    """
    check_downloads(source, [Download(part.archive, HOME, part.folder) for part in PARTS])
    return {part: part.open(source) for part in PARTS}
