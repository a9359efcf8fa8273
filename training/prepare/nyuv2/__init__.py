"""NYUDv2's 1449 labelled frames.

nyu_depth_v2_labeled.mat   MATLAB 7.3: images, labels (0..894), depths (holes filled), rawDepths, scenes
splits.mat                 which frames are for training and which for testing
classMapping40.mat         from the 894 names to 40 classes; 37 are the first of these
class13Mapping.mat         from 40 classes to 13, where these are asked for
"""

from __future__ import annotations

from training.prepare.libraries import require_libraries
from training.prepare.source import DatasetReader, Request


def open_reader(request: Request) -> DatasetReader:
    """See training.prepare.readers."""
    require_libraries("nyuv2")
    from training.prepare.nyuv2 import reader  # h5py and scipy are slow to import

    return reader.open_reader(request)
