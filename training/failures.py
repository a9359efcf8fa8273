"""What stops the loops, as errors that say what to do."""

from __future__ import annotations

import errno
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from pytorch_lightning.utilities.exceptions import SIGTERMException

from console.errors import OutputError, StoppedError
from console.exit_codes import one_line
from console.interrupt import Interrupt
from sensors.prepared import PreparedSample
from training.errors import NotFiniteError, StopRequest

NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EPERM)


@contextmanager
def explained(folder: Path, samples: Sequence[PreparedSample], interrupt: Interrupt) -> Iterator[None]:
    """Around the loops. folder: of the run. samples: what is trained on.

    Raises KeyboardInterrupt where a signal stopped them, StoppedError where the loss was no number or a worker was
    killed, OutputError where the folder cannot be written; anything else as it came.
    """
    try:
        yield
    except NotFiniteError as error:
        names = ", ".join(samples[position].name for position in error.indices)
        raise StoppedError(
            f"the loss is not a number for the batch of {names}: look at these, or lower --lr"
        ) from error
    except (StopRequest, SIGTERMException):
        raise KeyboardInterrupt from None
    except Exception as error:
        if interrupt.requested:  # another process of this run was stopped first, and left this one alone
            raise KeyboardInterrupt from None
        if isinstance(error, OSError) and error.errno in NO_ROOM:
            raise OutputError(f"cannot write in {folder}: {error.strerror}") from error
        if "DataLoader worker" in str(error):
            advice = "a process that reads data was killed, as when memory runs out: lower --workers"
            raise StoppedError(f"{advice} ({one_line(error)})") from error
        raise
