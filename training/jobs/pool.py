"""Several processes that work through a list of tasks, give results as they come, and can be stopped or die.

Not concurrent.futures, which cannot say on which task a process died, and whose processes outlive a killed parent.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any, Generic, TypeVar

from console.errors import OutputError
from console.exit_codes import one_line
from console.interrupt import SIGNALS

Task = TypeVar("Task")
Result = TypeVar("Result")

POLL_S = 0.2
ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


class TaskError(RuntimeError):
    """A task could not be done. task: which; the message says why."""

    def __init__(self, task: Any, reason: str) -> None:
        super().__init__(reason)
        self.task = task


def in_processes(
    work: Callable[[Task], Iterator[Result]],
    tasks: Iterable[Task],
    *,
    processes: int,
    stopped: Callable[[], bool] = lambda: False,
) -> Iterator[Result]:
    """Every result of work(task), in the order in which they come.

    work: importable, as are the tasks. stopped: asked several times a second; once true, every process ends with the
    result that it is at. Raises, after the results that were still to come, OutputError where work did, and TaskError
    where it raised something else or its process died.
    """
    waiting = iter(tasks)
    failure: Exception | None = None
    workers: list[_Worker[Task]] = []
    try:
        with _deaf_to_signals(), _one_thread_each():
            for _ in range(processes):
                workers.append(_Worker(work))
        for worker in workers:
            worker.give(next(waiting, None))
        while busy := [worker for worker in workers if worker.task is not None]:
            if stopped() or failure is not None:
                waiting = iter(())
                for worker in busy:
                    worker.stop()
            for worker in _heard(busy):
                word, content = worker.receive()
                if word == "result":
                    yield content
                elif word == "ready":
                    worker.give(next(waiting, None))
                else:
                    failure = failure or content
    finally:
        for worker in workers:
            worker.end()
    if failure is not None:
        raise failure


class _Worker(Generic[Task]):
    """A process and the task that it is at."""

    def __init__(self, work: Callable[[Task], Iterator[Any]]) -> None:
        context = multiprocessing.get_context("spawn")  # a fork would copy OpenCV's and torch's threads half-dead
        self.connection, theirs = context.Pipe()
        self.process = context.Process(target=_serve, args=(theirs, work))
        self.process.start()
        theirs.close()
        self.task: Task | None = None
        self._stopping = False

    def give(self, task: Task | None) -> None:
        """Hand over the next task; None: there is no more."""
        self.task = task
        if task is not None:
            self._send(task)

    def stop(self) -> None:
        """Ask it to leave its task after the result that it is at."""
        if not self._stopping:
            self._stopping = True
            self._send(None)

    def receive(self) -> tuple[str, Any]:
        """ "result" and it, "ready" for the next task, or "failed" and the exception to raise."""
        try:
            word, content = self.connection.recv()
        except (EOFError, OSError):
            self.process.join()
            word, content = "failed", _end_of(self.process.exitcode)
        if word == "failed":
            content = TaskError(self.task, content)
        if word == "refused":
            content = OutputError(content)
        if isinstance(content, Exception):
            self.task = None
        return word, content

    def end(self) -> None:
        """End the process at once; what it was at is lost."""
        self.process.kill()
        self.process.join()
        self.connection.close()

    def _send(self, message: Task | None) -> None:
        with suppress(OSError):  # where it has died, receive() tells
            self.connection.send(message)


def _heard(workers: Sequence[_Worker[Task]]) -> list[_Worker[Task]]:
    """Those that have something to say, waited for during POLL_S."""
    ready = wait([worker.connection for worker in workers], timeout=POLL_S)
    return [worker for worker in workers if worker.connection in ready]


def _end_of(exit_code: int | None) -> str:
    if exit_code == -signal.SIGKILL:
        return "its process was killed, as the system does when memory runs out; try fewer --workers"
    return f"its process died with exit code {exit_code}"


@contextmanager
def _deaf_to_signals() -> Iterator[None]:
    """Processes started inside never see Ctrl-C, which the terminal sends to all of them: their parent stops them.

    The first start would also start multiprocessing's resource tracker, and let signals through again after it.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    try:
        resource_tracker.ensure_running()
        signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _one_thread_each() -> Iterator[None]:
    """Processes started inside multiply matrices on one core each."""
    before = {name: os.environ.get(name) for name in ONE_THREAD}
    os.environ.update(dict.fromkeys(ONE_THREAD, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _serve(connection: Connection, work: Callable[[Any], Iterator[Any]]) -> None:
    """What a process does until its parent has no more for it."""
    import cv2

    cv2.setNumThreads(1)
    threading.Thread(target=_die_with_parent, daemon=True).start()
    with suppress(EOFError, OSError):  # the parent has gone
        while (task := connection.recv()) is not None:
            connection.send(_perform(connection, work, task))


def _perform(connection: Connection, work: Callable[[Any], Iterator[Any]], task: Any) -> tuple[str, Any]:
    try:
        for result in work(task):
            connection.send(("result", result))
            if connection.poll():  # in the middle of a task only the request to stop comes
                break
    except OutputError as error:
        return "refused", one_line(error)
    except Exception as error:
        return "failed", f"{type(error).__name__}: {one_line(error)}{_place(error)}"
    return "ready", None


def _place(error: Exception) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return "" if trace is None else f" ({Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno})"


def _die_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
