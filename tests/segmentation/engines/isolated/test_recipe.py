"""A real network in a process of its own."""

from __future__ import annotations

import numpy as np
import pytest
from random_models import INPUT_SIZE, save_model
from scripted_engine import frame

from segmentation.engines.cache import EngineCache
from segmentation.engines.choose import choose_engine
from segmentation.engines.history import EngineHistory
from segmentation.engines.isolated.enduring import start_enduring
from segmentation.engines.isolated.recipe import Recipe
from segmentation.engines.request import EngineRequest
from segmentation.errors import CheckpointError
from segmentation.model_source import find_model


def test_a_network_there_gives_what_it_gives_here(tmp_path) -> None:
    request = EngineRequest(
        find_model(save_model(tmp_path / "m.safetensors")), "cpu", cache=EngineCache(tmp_path / "c")
    )
    here = choose_engine("torch", request).engine
    there, reason = start_enduring("torch", request, EngineHistory())
    given = frame(0, (60, 80))
    expected, got = here.run(*given), there.run(*given)
    assert reason == "as asked for"
    assert (there.name, there.device_name, there.precision) == ("torch", "cpu", "fp32")
    np.testing.assert_array_equal(got.labels, expected.labels)
    np.testing.assert_allclose(got.confidence, expected.confidence, atol=1e-3)
    np.testing.assert_allclose(got.scores.logits, expected.scores.logits, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(got.scores.at(70, 50), expected.scores.at(70, 50), atol=1e-4)
    np.testing.assert_allclose(there.probabilities(*given), here.probabilities(*given), atol=1e-4)
    there.close()


def test_a_recipe_keeps_what_was_asked_for_and_can_be_made_smaller(tmp_path) -> None:
    path = save_model(tmp_path / "m.safetensors")
    recipe = Recipe.of("auto", EngineRequest(find_model(path), "cpu", "fp32", EngineCache(tmp_path / "c")))
    assert (recipe.model, recipe.device, recipe.precision, recipe.input_size) == (path, "cpu", "fp32", INPUT_SIZE)
    assert recipe.cache_folder == tmp_path / "c"
    smaller = recipe.pinned("torch", "fp32").smaller()
    assert (smaller.engine, smaller.input_size, smaller.is_smaller) == ("torch", (32, 24), True)
    labels = smaller().engine.run(*frame(0, (48, 64))).scores.logits.shape[-2:]
    assert labels == (6, 8)
    path.unlink()
    with pytest.raises(CheckpointError, match="not found"):
        recipe()
