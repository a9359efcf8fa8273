"""What holds for every engine that is installed here."""

from __future__ import annotations

from importlib import import_module

import numpy as np
import pytest
from random_models import INPUT_SIZE, save_model

from segmentation.engines.engine import Engine
from segmentation.engines.request import CheckFrame, CheckFrames, EngineRequest
from segmentation.errors import EngineUnavailableError
from segmentation.model_source import ModelSource, find_model

Frame = tuple[np.ndarray, np.ndarray, tuple[float, float]]
CLASSES = 13
ENGINES = [
    ("torch", "fp32"),
    ("onnx", "fp32"),
    ("openvino", "fp32"),
    ("openvino", "bf16"),
    pytest.param(("openvino", "int8"), marks=pytest.mark.slow),
]
SAME_LABELS = {"fp32": 0.995, "bf16": 0.98, "int8": 0.9}  # of random weights, which are far less sure than trained ones
SAME_PROBABILITIES = {"fp32": 1e-5, "bf16": 3e-3, "int8": 3e-2}  # on average over classes and pixels


def frame(height: int = 96, width: int = 128, seed: int = 0) -> Frame:
    rng = np.random.default_rng(seed)
    blocks = rng.integers(0, 256, (-(-height // 16), -(-width // 16), 3), dtype=np.uint8)
    color = blocks.repeat(16, axis=0).repeat(16, axis=1)[:height, :width]
    depth_m = rng.uniform(0.5, 5, (height, width)).astype(np.float32)
    depth_m[rng.random((height, width)) < 0.2] = 0
    return np.ascontiguousarray(color), depth_m, (130.0, 128.0)


CHECK_FRAMES = CheckFrames("blocks", lambda: (CheckFrame(*frame(48, 64, seed)) for seed in range(24)))


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> ModelSource:
    return find_model(save_model(tmp_path_factory.mktemp("model") / "lively.safetensors", "nyu13"))


def made(name: str, precision: str, source: ModelSource) -> Engine:
    """With the suite's own cache: the graph is exported once for all tests."""
    module = import_module(f"segmentation.engines.{name}_engine")
    try:
        request = EngineRequest(source, device="cpu", precision=precision, check_frames=CHECK_FRAMES)
        return module.make(request, may_build=True).engine
    except EngineUnavailableError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module", params=ENGINES, ids=lambda value: "-".join(value))
def engine(request: pytest.FixtureRequest, source: ModelSource) -> Engine:
    return made(*request.param, source)


@pytest.fixture(scope="module")
def reference(source: ModelSource) -> Engine:
    return made("torch", "fp32", source)


def test_it_says_what_it_is(engine: Engine, request: pytest.FixtureRequest) -> None:
    assert (engine.name, engine.precision) == request.node.callspec.params["engine"]
    assert engine.device_name == "cpu"


@pytest.mark.parametrize(("height", "width"), [(48, 64), (190, 251), (1, 1), (20, 300)])
def test_results_have_the_frames_size(engine: Engine, height: int, width: int) -> None:
    result = engine.run(*frame(height, width))
    assert (result.labels.shape, result.labels.dtype) == ((height, width), np.uint8)
    assert (result.confidence.shape, result.confidence.dtype) == ((height, width), np.float16)
    assert 1 <= result.labels.min() <= result.labels.max() <= CLASSES
    assert 0 < result.confidence.min() <= result.confidence.max() <= 1
    assert min(result.preprocess_ms, result.inference_ms, result.postprocess_ms) > 0


def test_labels_are_those_of_torch(engine: Engine, reference: Engine) -> None:
    """Over many frames: what an engine reads after it was freed is another frame's, sooner or later."""
    same, sure = 0, 0
    for seed in range(24):
        expected, got = reference.run(*frame(seed=seed)), engine.run(*frame(seed=seed))
        confident = expected.confidence >= 0.5
        same, sure = same + int((expected.labels == got.labels)[confident].sum()), sure + int(confident.sum())
        assert len(np.unique(expected.labels)) > 2
    assert sure > 0
    assert same / sure >= SAME_LABELS[engine.precision]


def test_probabilities_are_those_of_torch(engine: Engine, reference: Engine) -> None:
    for seed in range(3):
        got = engine.probabilities(*frame(seed=seed))
        assert got.shape == (CLASSES, 96, 128)
        assert np.abs(got - reference.probabilities(*frame(seed=seed))).mean() < SAME_PROBABILITIES[engine.precision]


def test_the_same_frame_gives_the_same_bytes(engine: Engine, source: ModelSource) -> None:
    first, between, again = engine.run(*frame()), engine.run(*frame(seed=1)), engine.run(*frame())
    other = made(engine.name, engine.precision, source).run(*frame())
    for result in (again, other):
        assert result.labels.tobytes() == first.labels.tobytes()
        assert result.confidence.tobytes() == first.confidence.tobytes()
    assert between.labels.tobytes() != first.labels.tobytes()


def test_a_result_is_the_callers_to_keep_and_to_change(engine: Engine) -> None:
    first = engine.run(*frame())
    assert first.scores is not None
    kept = first.labels.copy(), first.confidence.copy(), first.scores.probabilities()
    for seed in range(1, 5):
        engine.run(*frame(seed=seed))
    assert np.array_equal(first.labels, kept[0])
    assert np.array_equal(first.confidence, kept[1])
    assert np.array_equal(first.scores.probabilities(), kept[2])
    first.labels[:], first.confidence[:] = 0, 0
    assert np.array_equal(engine.run(*frame()).labels, kept[0])


def test_a_frame_is_not_changed(engine: Engine) -> None:
    for size in ((96, 128), INPUT_SIZE[::-1]):
        color, depth_m, focal_px = frame(*size)
        before = color.copy(), depth_m.copy()
        engine.run(color, depth_m, focal_px)
        assert np.array_equal(color, before[0])
        assert np.array_equal(depth_m, before[1])


def test_the_label_is_the_likeliest_class(engine: Engine) -> None:
    probabilities, result = engine.probabilities(*frame()), engine.run(*frame())
    best_two = np.sort(probabilities, axis=0)[-2:]
    clear = best_two[1] - best_two[0] > 1e-3
    assert clear.mean() > 0.9
    assert np.array_equal(probabilities.argmax(axis=0)[clear] + 1, result.labels[clear])
    assert np.allclose(probabilities.sum(axis=0), 1, atol=1e-4)


def test_scores_say_what_the_labels_say(engine: Engine) -> None:
    result = engine.run(*frame())
    assert result.scores is not None
    for x, y in ((0, 0), (127, 95), (64, 17)):
        probabilities = result.scores.at(x, y)
        assert probabilities is not None
        assert probabilities.max() <= result.confidence[y, x] + 2e-3


@pytest.mark.parametrize("depth", [0.0, -1.0, np.nan, np.inf, 1e-6, 1e30])
def test_any_depth_gives_finite_numbers(engine: Engine, depth: float) -> None:
    color, depth_m, focal_px = frame()
    depth_m[:, 40:] = depth
    result = engine.run(color, depth_m, focal_px)
    assert np.isfinite(result.confidence).all()
    assert np.isfinite(engine.probabilities(color, depth_m, focal_px)).all()


def test_a_frame_without_depth_is_labelled_as_torch_does(engine: Engine, reference: Engine) -> None:
    color, depth_m, focal_px = frame(seed=5)
    depth_m[:] = 0
    expected, got = reference.run(color, depth_m, focal_px), engine.run(color, depth_m, focal_px)
    same = (expected.labels == got.labels)[expected.confidence >= 0.5].mean()
    assert same >= SAME_LABELS[engine.precision] - 0.01


def test_focal_lengths_and_depth_matter(engine: Engine) -> None:
    color, depth_m, focal_px = frame(seed=2)
    usual = engine.probabilities(color, depth_m, focal_px)
    assert not np.array_equal(usual, engine.probabilities(color, depth_m, (900.0, 900.0)))
    assert not np.array_equal(usual, engine.probabilities(color, depth_m * 2, focal_px))


@pytest.mark.parametrize(
    "wrong",
    [
        lambda c, d, f: (c.astype(np.float32), d, f),
        lambda c, d, f: (c[..., 0], d, f),
        lambda c, d, f: (c[:0], d[:0], f),
        lambda c, d, f: (c, d[1:], f),
        lambda c, d, f: (c, d.astype(np.float64), f),
        lambda c, d, f: (c, d, (0.0, 100.0)),
        lambda c, d, f: (c, d, (np.nan, 100.0)),
        lambda c, d, f: (c, d, (100.0,)),
    ],
)
def test_what_is_no_frame_is_refused_and_the_next_frame_is_labelled(engine: Engine, wrong: object) -> None:
    assert callable(wrong)
    for method in (engine.run, engine.probabilities):
        with pytest.raises(ValueError, match="expected"):
            method(*wrong(*frame()))
    assert engine.run(*frame()).labels.shape == (96, 128)


def test_views_of_larger_images_are_frames_too(engine: Engine) -> None:
    color, depth_m, focal_px = frame()
    wide_color, wide_depth_m = np.zeros((96, 256, 3), np.uint8), np.zeros((96, 256), np.float32)
    wide_color[:, ::2], wide_depth_m[:, ::2] = color, depth_m
    got = engine.run(wide_color[:, ::2], wide_depth_m[:, ::2], focal_px)
    assert np.array_equal(got.labels, engine.run(color, depth_m, focal_px).labels)


def test_its_own_input_size_is_itself_and_closing_is_harmless(source: ModelSource, engine: Engine) -> None:
    assert engine.at_input_size(INPUT_SIZE).run(*frame()).labels.shape == (96, 128)
    made(engine.name, engine.precision, source).close()
