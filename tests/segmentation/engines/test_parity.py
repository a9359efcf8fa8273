from __future__ import annotations

import json
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from agreeing_engine import COUNT, FRAMES, SIZE, AgreeingEngine, read_frames

from segmentation.checkpoints.card import ModelCard
from segmentation.classes import class_set
from segmentation.engines.parity import (
    LEAST_FRAMES,
    REPORT_FILE,
    EngineRefusedError,
    Gate,
    accept,
    compare,
    least_agreement,
    read_report,
)
from segmentation.engines.request import CheckFrames
from segmentation.engines.torch_engine import TorchEngine
from segmentation.errors import EngineUnavailableError
from segmentation.models import build_model

GATE = Gate("torch", FRAMES.name, 0.995)
PIXELS = COUNT * SIZE[0] * SIZE[1]


def compared(engine: AgreeingEngine, reference: AgreeingEngine | None = None, frames=read_frames):
    return compare(engine, reference or AgreeingEngine(), frames(), GATE)


@pytest.mark.parametrize(("wrong", "accepted"), [(0, True), (5, True), (6, False), (1000, False)])
def test_an_engine_is_accepted_from_the_least_agreement_on(wrong, accepted) -> None:
    report = compared(AgreeingEngine(wrong))
    assert (report.agreement, report.confident_pixels, report.frames) == (1 - wrong / 1000, PIXELS, COUNT)
    assert report.accepted is accepted
    assert ("are needed" in report.summary) is not accepted


def test_only_pixels_that_the_reference_is_sure_of_count() -> None:
    reference = AgreeingEngine(sure=0.4, unsure=0.9)  # the last half is the sure one
    assert compared(AgreeingEngine(500), reference).agreement == 1
    assert compared(AgreeingEngine(510), reference).agreement == pytest.approx(490 / 500)
    sure_of_itself = AgreeingEngine(6, sure=0.1, unsure=0.1)  # the engine's own confidence hides nothing
    assert not compared(sure_of_itself).accepted


def test_of_a_frame_that_the_reference_is_unsure_of_the_surer_half_counts() -> None:
    report = compared(AgreeingEngine(6), AgreeingEngine(sure=0.2, unsure=0.1))
    assert report.confident_pixels == PIXELS // 2
    assert report.agreement == pytest.approx(494 / 500)
    assert not report.accepted


@pytest.mark.parametrize("where", ["confidence", "logits"])
def test_one_value_that_is_no_number_is_enough_to_refuse(where) -> None:
    report = compared(AgreeingEngine(nan=where))
    assert (report.finite, report.accepted, report.agreement) == (False, False, 1)
    assert "NaN or infinity" in report.summary


def test_some_frames_have_no_depth_and_some_a_deep_hole_and_both_see_the_same() -> None:
    engine, reference = AgreeingEngine(), AgreeingEngine()
    given = list(read_frames())
    compare(engine, reference, given, GATE)
    missing = [float((frame.depth_m == 0).mean()) for frame in engine.frames]
    assert (missing.count(1.0), missing.count(0.25), missing.count(0.0)) == (4, 4, 24)
    assert all(
        a is b
        for mine, others in zip(engine.frames, reference.frames, strict=True)
        for a, b in zip(mine, others, strict=True)
    )
    assert all((frame.depth_m == 2).all() for frame in given)  # whose frames they are keeps them as they were


def test_fewer_frames_than_it_takes_prove_nothing() -> None:
    with pytest.raises(ValueError, match=f"expected at least {LEAST_FRAMES}, got 31"):
        compared(AgreeingEngine(), frames=partial(read_frames, 31))
    assert compared(AgreeingEngine(), frames=partial(read_frames, 40)).frames == LEAST_FRAMES


def test_eight_bits_may_change_more_labels_than_others() -> None:
    assert least_agreement("int8") < least_agreement("fp16") == least_agreement("bf16") == 0.995


def accepted(engine, folder, *, frames: CheckFrames | None = FRAMES, gate: Gate = GATE) -> bool:
    """Whether the engines were compared."""
    asked = []

    def reference() -> AgreeingEngine:
        asked.append(1)
        return AgreeingEngine()

    accept(engine, reference, frames, gate, folder)
    return bool(asked)


def test_an_accepted_engine_is_compared_once_and_the_report_stays(tmp_path) -> None:
    folder = tmp_path / "entry"
    assert accepted(AgreeingEngine(3), folder)
    assert not accepted(AgreeingEngine(1000), folder)  # the report tells, not the engine
    document = json.loads((folder / REPORT_FILE).read_text())
    assert document["accepted"] is True
    assert document["agreement"] == pytest.approx(0.997)
    assert document["engine"] == "other on cpu, fp32"
    assert document["gate"] == {
        "reference": "torch",
        "frames": "made for tests",
        "least_agreement": 0.995,
        "confident": 0.5,
    }
    assert [path.name for path in folder.iterdir()] == [REPORT_FILE]


def test_a_refused_engine_stays_refused_until_its_report_is_deleted(tmp_path) -> None:
    for engine in (AgreeingEngine(100), AgreeingEngine()):
        with pytest.raises(EngineRefusedError) as raised:
            accepted(engine, tmp_path)
        assert str(raised.value) == (
            "engine other: refused: 90.00 % of labels as torch on 32 frames, at least 99.5 % are needed "
            f"(report: {tmp_path / REPORT_FILE}; delete it to retry)"
        )
    (tmp_path / REPORT_FILE).unlink()
    assert accepted(AgreeingEngine(), tmp_path)


@pytest.mark.parametrize(
    "other",
    [
        replace(GATE, reference="torch 3"),
        replace(GATE, frames="others"),
        replace(GATE, least_agreement=0.999),
        replace(GATE, confident=0.6),
    ],
)
def test_a_report_on_something_else_is_not_trusted(tmp_path, other) -> None:
    accepted(AgreeingEngine(), tmp_path, gate=other)
    assert accepted(AgreeingEngine(), tmp_path)
    assert read_report(tmp_path).gate == GATE


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", "{}", '{"gate": 1, "engine": "x"}', '{"accepted": true}', "\x00"]
)
def test_a_damaged_report_is_made_again(tmp_path, text) -> None:
    accepted(AgreeingEngine(), tmp_path)
    (tmp_path / REPORT_FILE).write_text(text)
    assert accepted(AgreeingEngine(), tmp_path)
    assert read_report(tmp_path).accepted


def test_without_frames_only_what_was_compared_before_is_used(tmp_path) -> None:
    unnamed = replace(GATE, frames="")
    with pytest.raises(EngineUnavailableError, match="engine other: was not compared with torch yet"):
        accepted(AgreeingEngine(), tmp_path, frames=None, gate=unnamed)
    accepted(AgreeingEngine(), tmp_path)
    assert not accepted(AgreeingEngine(), tmp_path, frames=None, gate=unnamed)
    with pytest.raises(EngineUnavailableError, match="not compared"):
        accepted(AgreeingEngine(), tmp_path, frames=None, gate=replace(unnamed, reference="torch 3"))


def test_a_network_of_other_weights_that_fits_in_every_shape_is_refused(tmp_path) -> None:
    card = ModelCard("malleable-deresunet-lite", class_set("nyu13"), (64, 48))

    def network(seed: int) -> TorchEngine:
        return TorchEngine(card, build_model(card.model, 13, seed=seed).eval(), device="cpu", precision="fp32")

    accept(network(1), lambda: network(1), FRAMES, GATE, tmp_path / "right")
    with pytest.raises(EngineRefusedError, match=r"at least 99\.5 % are needed"):
        accept(network(2), lambda: network(1), FRAMES, GATE, tmp_path / "wrong")


def unreadable() -> None:
    raise ValueError("demo.db3: truncated")


@pytest.mark.parametrize(
    ("frames", "message"),
    [(partial(read_frames, 3), "expected at least 32, got 3"), (unreadable, r"demo\.db3: truncated")],
)
def test_frames_that_will_not_do_are_said_and_leave_no_report(tmp_path, frames, message) -> None:
    with pytest.raises(EngineUnavailableError, match=f"engine other: cannot be checked: .*{message}"):
        accepted(AgreeingEngine(), tmp_path, frames=CheckFrames("mine", frames))
    assert not list(tmp_path.iterdir())


def test_a_report_that_cannot_be_written_only_costs_the_next_start(tmp_path, caplog) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    assert accepted(AgreeingEngine(), blocked / "entry")
    with pytest.raises(EngineRefusedError):
        accepted(AgreeingEngine(1000), blocked / "entry")


def test_the_demo_has_frames_enough_and_its_name_tells_its_content() -> None:
    from console.check_frames import DEMO, DEMO_CHECK_FRAMES
    from segmentation.assets import asset_path
    from segmentation.engines.cache import file_sha256

    assert DEMO_CHECK_FRAMES.name == f"{DEMO} {file_sha256(asset_path(DEMO))[:12]}"
    frames = list(DEMO_CHECK_FRAMES())
    assert len(frames) >= LEAST_FRAMES
    assert all(np.isfinite(frame.depth_m).all() and min(frame.focal_px) > 0 for frame in frames)
