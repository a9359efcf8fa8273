"""Put a trained model into assets/models, with a card that says how it came about and how it scores.

python benchmarks/model_card/ship.py --model RUN/best.safetensors --evaluation RUN/evaluation/evaluation.json
    --training "how the weights came about"
"""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path

from segmentation.assets import asset_path
from segmentation.checkpoints.checkpoint import load_checkpoint, save_checkpoint
from segmentation.checkpoints.restore import restore_model

SCORES = ("miou", "pixel_accuracy", "mean_accuracy", "ece")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, required=True, help="what rgbd-train wrote")
    parser.add_argument("--evaluation", type=Path, required=True, help="what rgbd-train evaluate wrote for it")
    parser.add_argument("--training", required=True, help="one sentence for the card")
    options = parser.parse_args()
    card, state = load_checkpoint(options.model)
    restore_model(card, state, options.model)  # refuses what would not load
    scores = json.loads(options.evaluation.read_text())
    card = replace(card, training=options.training, scores={name: scores[name] for name in SCORES})
    half = {name: tensor.half() if tensor.is_floating_point() else tensor for name, tensor in state.items()}
    path = asset_path(f"models/{card.model}.safetensors")
    path.parent.mkdir(exist_ok=True)
    save_checkpoint(path, half, card)
    print(f"{path}: {path.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
