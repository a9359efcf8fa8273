"""A graph of the form of ours, made by hand in no time: a class for each colour, and one for what is near."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from segmentation.checkpoints.card import ModelCard
from segmentation.classes import ClassSet

onnx = pytest.importorskip("onnx", reason="onnx is not installed (extra: onnx)")
helper, numpy_helper, TensorProto = onnx.helper, onnx.numpy_helper, onnx.TensorProto
SIZE = (32, 24)
CLASSES = 4
CARD = ModelCard("tiny", ClassSet("own", ("void", *"abcd"), np.arange(15, dtype=np.uint8).reshape(5, 3)), SIZE)


def write_tiny_graph(path: Path, *, size: tuple[int, int] = SIZE, seed: int = 7) -> Path:
    width, height = size
    weight = np.random.default_rng(seed).normal(size=(CLASSES, 4, 1, 1)).astype(np.float32)
    nodes = [
        helper.make_node("Concat", ["color", "depth_m"], ["both"], axis=1),
        helper.make_node("Conv", ["both", "weight"], ["scores"]),
        helper.make_node("Transpose", ["scores"], ["logits"], perm=[0, 2, 3, 1]),
        helper.make_node("Softmax", ["logits"], ["shares"], axis=-1),
        helper.make_node("ReduceMax", ["shares", "last"], ["confidence"], keepdims=0),
        helper.make_node("ArgMax", ["logits"], ["best"], axis=-1, keepdims=0),
        helper.make_node("Add", ["best", "one"], ["next"]),
        helper.make_node("Cast", ["next"], ["labels"], to=TensorProto.INT32),
    ]
    ends = {
        "color": (TensorProto.FLOAT, [1, 3, height, width]),
        "depth_m": (TensorProto.FLOAT, [1, 1, height, width]),
        "focal_px": (TensorProto.FLOAT, [1, 2]),
        "labels": (TensorProto.INT32, [1, height, width]),
        "confidence": (TensorProto.FLOAT, [1, height, width]),
        "logits": (TensorProto.FLOAT, [1, height, width, CLASSES]),
    }
    values = [helper.make_tensor_value_info(name, kind, shape) for name, (kind, shape) in ends.items()]
    constants = {"weight": weight, "one": np.array(1, np.int64), "last": np.array([-1], np.int64)}
    graph = helper.make_graph(
        nodes, "tiny", values[:3], values[3:], [numpy_helper.from_array(*pair[::-1]) for pair in constants.items()]
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    document = {"card": CARD.as_document(), "graph": {"precision": "fp32"}}
    helper.set_model_props(model, {"rgbd_live": json.dumps(document)})
    onnx.checker.check_model(model)
    path.write_bytes(model.SerializeToString())
    return path
