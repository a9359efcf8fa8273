"""The process of an engine as the program sees it."""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from segmentation.engines.isolated.messages import Answer, Question, Raised, Remark
from segmentation.engines.isolated.shared_memory import SharedMemory
from segmentation.errors import EngineFailedError

AnswerT = TypeVar("AnswerT", bound=Answer)
ROOT = Path(__file__).resolve().parents[3]
ENDING_S = 2.0  # how long its ending may take after its line was closed
_BOOT = "import sys; sys.path[0] = sys.argv.pop(1); from segmentation.engines.isolated.serve import main; main()"


class EngineProcess:
    """A process that answers one question at a time; it ends with this program, whatever ends that.

    A program of its own and not a fork, which would share our threads' locks and the GPU; not multiprocessing's either,
    which would run the main file of whoever uses this as a library once more. In a session of its own, so that Ctrl-C
    in the terminal reaches only us.
    """

    def __init__(self, frames: SharedMemory, answers: SharedMemory) -> None:
        """frames: for a frame and its labels. answers: for Numbers. Raises OSError."""
        self._one_at_a_time, self._one_ends_it = threading.Lock(), threading.Lock()
        self._line, theirs = multiprocessing.Pipe()
        numbers = theirs.fileno(), frames.file_number, answers.file_number
        self._process = subprocess.Popen(
            [sys.executable, "-c", _BOOT, str(ROOT), *map(str, numbers)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,  # what a library prints is no output of ours
            pass_fds=numbers,
            start_new_session=True,
        )
        theirs.close()
        self._tell([folder for folder in sys.path if folder])

    @property
    def process_id(self) -> int:
        """The operating system's number of the process."""
        return self._process.pid

    def ask(self, question: Question, kind: type[AnswerT], timeout_s: float | None, wait_s: float = -1) -> AnswerT:
        """The answer to a question.

        wait_s: how long to wait for another thread's question, forever if negative. Raises what was raised there;
        EngineFailedError where the process has ended, or is ended since it takes too long; TimeoutError after wait_s.
        """
        if not self._one_at_a_time.acquire(timeout=wait_s):
            raise TimeoutError("the engine is busy")
        try:
            self._tell(question)
            answer = self._answer(timeout_s)
        except KeyboardInterrupt:
            self._process.kill()  # or this answer would be taken for the next question's
            raise
        finally:
            self._one_at_a_time.release()
        if isinstance(answer, kind):
            return answer
        raise TypeError(f"expected {kind.__name__}, got {answer!r}")

    def close(self) -> None:
        """End the process, also while another thread waits for its answer, which then fails."""
        self._process.kill()
        self._hang_up()
        with suppress(subprocess.TimeoutExpired):  # where it is a driver that never returns, not even this ends it
            self._process.wait(ENDING_S)
        with self._one_at_a_time, self._one_ends_it:
            self._line.close()

    def _hang_up(self) -> None:
        """Whoever waits sees the line's end now: a process that a driver does not let go keeps its own end open."""
        # OSError: it was closed before, or the process has gone.
        with self._one_ends_it, suppress(OSError), socket.socket(fileno=os.dup(self._line.fileno())) as end:
            end.shutdown(socket.SHUT_RDWR)

    def _tell(self, message: Question | list[str]) -> None:
        try:
            self._line.send(message)
        except OSError as error:
            raise self._failure() from error

    def _answer(self, timeout_s: float | None) -> object:
        until_s = None if timeout_s is None else time.monotonic() + timeout_s
        try:
            while self._line.poll(None if until_s is None else max(until_s - time.monotonic(), 0)):
                message = self._line.recv()
                if isinstance(message, Raised):
                    raise message.error
                if not isinstance(message, Remark):
                    return message
                logging.getLogger(message.logger).warning(message.text)
        except (EOFError, OSError) as error:  # also of a message that broke off
            raise self._failure() from error
        self._process.kill()
        raise EngineFailedError(f"the inference process gave no answer for {timeout_s:g} s")

    def _failure(self) -> EngineFailedError:
        return EngineFailedError(f"the inference process {self._ending()}")

    def _ending(self) -> str:
        try:
            code = self._process.wait(ENDING_S)
        except subprocess.TimeoutExpired:
            return "does not listen any more"
        return f"was ended by {_signal_name(-code)}" if code < 0 else f"ended with exit code {code}"


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
