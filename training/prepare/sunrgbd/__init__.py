"""SUN RGB-D v1, from SUNRGBD.zip and SUNRGBDtoolbox.zip or the folders unpacked from them.

SUNRGBD/{kv1,kv2,realsense,xtion}/SET/.../SAMPLE/   image/ depth/ depth_bfx/ intrinsics.txt; the rest is not needed
SUNRGBDtoolbox/traintestSUNRGBD/allsplit.mat        which sample belongs to which split
SUNRGBDtoolbox/Metadata/SUNRGBDMeta.mat             which sample has which label, and the names of its images
SUNRGBDtoolbox/Metadata/SUNRGBD2Dseg.mat            the labels: 37 classes; what seg.mat in a sample holds is not these
"""

from __future__ import annotations

from training.prepare.libraries import require_libraries
from training.prepare.source import DatasetReader, Request


def open_reader(request: Request) -> DatasetReader:
    """See training.prepare.readers."""
    require_libraries("sunrgbd")
    from training.prepare.sunrgbd.reader import SunRgbdReader  # h5py and scipy are slow to import

    return SunRgbdReader(request)
