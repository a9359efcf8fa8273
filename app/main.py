"""The entry point of `rgbd-live`: signals, errors and exit codes around the command line.

Nothing heavier than the standard library is imported up here, so that Ctrl-C is in order from the first moment.
"""

from __future__ import annotations

import sys
import time
import traceback
from collections.abc import Sequence

from app.interrupt import EXIT_CODE as INTERRUPTED
from app.interrupt import Interrupt
from app.say import open_missing_streams, say, say_remarks


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program; returns the exit code. arguments: as in sys.argv[1:]."""
    started_s = time.perf_counter()
    open_missing_streams()
    interrupt = Interrupt()
    try:
        interrupt.install()
        say_remarks()
        from app.command_line import run

        return run(list(sys.argv[1:] if arguments is None else arguments), interrupt, started_s)
    except KeyboardInterrupt:
        say("stopped")
        return INTERRUPTED
    except Exception as error:
        return _tell(error)


def _tell(error: Exception) -> int:
    from app.exit_codes import ExitCode, exit_code_of, one_line

    code = exit_code_of(error)
    if code == ExitCode.DEFECT:
        traceback.print_exception(error)
        say("this is a defect of ours; please report it with the lines above")
    else:
        say(one_line(error))
    return int(code)


if __name__ == "__main__":
    sys.exit(main())
