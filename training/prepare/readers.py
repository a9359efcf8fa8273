"""From a data set's name to its reader, whose libraries are imported only then."""

from __future__ import annotations

from importlib import import_module

from training.prepare.source import DatasetReader, Request

READERS = {
    "sunrgbd": "training.prepare.sunrgbd",
    "nyuv2": "training.prepare.nyuv2",
    "cityscapes": "training.prepare.cityscapes",
}


def open_reader(request: Request) -> DatasetReader:
    """The reader of request.dataset, a key of READERS.

    Raises UsageError for a number of classes that it does not have, MissingLibraryError, and PreparedDataError where
    an archive or folder is missing, damaged or another one.
    """
    return import_module(READERS[request.dataset]).open_reader(request)
