"""Around a command line: signals, errors and exit codes.

Nothing heavier than the standard library is imported up here, so that Ctrl-C is in order from the first moment.
"""

from __future__ import annotations

import sys
import time
import traceback
from collections.abc import Callable, Sequence

from console.interrupt import EXIT_CODE as INTERRUPTED
from console.interrupt import Interrupt
from console.say import name_program, open_missing_streams, say, say_remarks

Run = Callable[[list[str], Interrupt, float], int]


def run_program(program: str, run: Run, arguments: Sequence[str] | None = None) -> int:
    """Run a command line under its program's name; returns the exit code.

    run: takes the arguments, the signals and time.perf_counter() when the program began, and returns the exit code or
    raises. arguments: as in sys.argv[1:], which they are by default.
    """
    started_s = time.perf_counter()
    name_program(program)
    open_missing_streams()
    interrupt = Interrupt()
    try:
        interrupt.install()
        say_remarks()
        return run(list(sys.argv[1:] if arguments is None else arguments), interrupt, started_s)
    except KeyboardInterrupt:
        say("stopped")
        return INTERRUPTED
    except Exception as error:
        return _tell(error)


def _tell(error: Exception) -> int:
    from console.errors import StoppedError
    from console.exit_codes import ExitCode, exit_code_of, one_line

    code = exit_code_of(error)
    if code == ExitCode.DEFECT and not isinstance(error, StoppedError):
        traceback.print_exception(error)
        say("this is a defect of ours; please report it with the lines above")
    else:
        say(one_line(error))
    return int(code)
