"""SUN RGB-D v1, from SUNRGBD.zip and SUNRGBDtoolbox.zip or the folders unpacked from them.

SUNRGBD/{kv1,kv2,realsense,xtion}/SET/.../SAMPLE/   image/ depth/ depth_bfx/ intrinsics.txt; the rest is not needed
SUNRGBDtoolbox/traintestSUNRGBD/allsplit.mat        which sample belongs to which split
SUNRGBDtoolbox/Metadata/SUNRGBDMeta.mat             which sample has which label, and the names of its images
SUNRGBDtoolbox/Metadata/SUNRGBD2Dseg.mat            the labels: 37 classes; what seg.mat in a sample holds is not these
"""

from __future__ import annotations

from importlib.util import find_spec

from sensors.errors import MissingLibraryError
from training.prepare.source import DatasetReader, Request

NEEDED = ("h5py", "scipy")


def open_reader(request: Request) -> DatasetReader:
    """See training.prepare.readers."""
    if missing := [name for name in NEEDED if find_spec(name) is None]:
        raise MissingLibraryError(
            f"--dataset sunrgbd needs {' and '.join(missing)}, which is not installed: run make setup, or pip install"
            " 'rgbd-live[train]'"
        )
    from training.prepare.sunrgbd.reader import SunRgbdReader  # h5py and scipy are slow to import

    return SunRgbdReader(request)
