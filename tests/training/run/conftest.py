from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from one_thread import one_thread  # noqa: F401 - for every test here
from prepared_planes import write_planes

from console.interrupt import Interrupt
from training.options import TrainOptions
from training.start import start

SPLITS = ("train",) * 6 + ("val",) * 3


@pytest.fixture(scope="session")
def planes(tmp_path_factory) -> Path:
    """A folder of six training and three validation samples, 64x48, with refined depth too; never to be changed."""
    return write_planes(tmp_path_factory.mktemp("planes") / "data", splits=SPLITS, refined=True).root


@pytest.fixture
def options_for(planes, tmp_path) -> Callable[..., TrainOptions]:
    """Options of a run of seconds."""

    def options(**changed: Any) -> TrainOptions:
        small = {
            "data": planes,
            "out": tmp_path / "run",
            "dataset": "rooms",
            "epochs": 1,
            "batch_size": 2,
            "input_size": (64, 48),
            "device": "cpu",
            "workers": 0,
        }
        return TrainOptions(**{**small, **changed})

    return options


@pytest.fixture
def cut_short(monkeypatch, train) -> Callable[..., Path]:
    """Run with these options until the second epoch begins; the run's folder."""
    import training.run

    def fail(self: Any, trainer: Any, *_: Any) -> None:
        if trainer.current_epoch == 1:
            raise RuntimeError("power cut")

    def run(out: Path, **changed: Any) -> Path:
        with monkeypatch.context() as broken:
            broken.setattr(training.run.StopOnSignal, "on_train_epoch_start", fail, raising=False)
            with pytest.raises(RuntimeError, match="power cut"):
                train(out=out, **changed)
        return out

    return run


@pytest.fixture
def train(options_for) -> Callable[..., Path]:
    """Run with these options; the run's folder."""

    def run(**changed: Any) -> Path:
        options = options_for(**changed)
        assert start(options, Interrupt()) == 0
        return options.out

    return run
