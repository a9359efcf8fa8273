"""The recipes' augmentations by name, and the colour normalisation that belongs to each."""

from __future__ import annotations

from segmentation.preprocess import ColorNormalisation
from sensors.errors import MissingLibraryError, one_line
from training.augment.depth import STREET_DEPTH_STEPS, STRONG_DEPTH_STEPS
from training.augment.frame import Augmentation
from training.augment.malleable import MalleableAugmentation
from training.augment.strong import StrongAugmentation
from training.names import RecipeName

NORMALISATIONS: dict[RecipeName, ColorNormalisation] = {
    "strong": ColorNormalisation(),
    "malleable": ColorNormalisation(),
    "slides": ColorNormalisation(mean=(0.485, 0.45, 0.406)),  # 0.45 as printed in the slides; ImageNet has 0.456
}


def build_augmentation(recipe: RecipeName, input_size: tuple[int, int], *, street: bool = False) -> Augmentation:
    """The recipe's augmentation of what becomes input_size (width, height); it makes frames of training_size.

    street: the frames show streets, where depth sensors see farther than in rooms. It holds no random state: the same
    frame and generator state give the same result. Raises MissingLibraryError where the slides' needs albumentations
    and that is not installed.
    """
    if recipe == "slides":
        return _slides(input_size)
    if recipe == "malleable":
        return MalleableAugmentation(input_size, training_size(recipe, input_size))
    return StrongAugmentation(input_size, depth_steps=STREET_DEPTH_STEPS if street else STRONG_DEPTH_STEPS)


def training_size(recipe: RecipeName, input_size: tuple[int, int]) -> tuple[int, int]:
    """Width and height of what the network is trained on; it is validated and used on input_size.

    The malleable recipe's crop is a square of the shorter side: 480x480 of the 640x480 that it was published with.
    """
    shorter = min(input_size)
    return (shorter, shorter) if recipe == "malleable" else input_size


def _slides(input_size: tuple[int, int]) -> Augmentation:
    try:
        from training.augment.slides import SlidesAugmentation  # here, because albumentations takes seconds to import
    except ImportError as error:
        raise MissingLibraryError(
            f"--recipe slides needs albumentations, which cannot be loaded ({one_line(error)}): run make setup, or pip"
            " install 'rgbd-live[train]', or take --recipe strong"
        ) from error
    return SlidesAugmentation(input_size)


def normalisation_of(recipe: RecipeName) -> ColorNormalisation:
    """How the recipe normalises colours; it belongs into the model's card, so that live frames get the same."""
    return NORMALISATIONS[recipe]
