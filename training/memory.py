"""When memory runs out: which batch would have fitted."""

from __future__ import annotations

import gc

import torch

from training.module import Batch, SegmentationModule

WORDS = ("out of memory", "not enough memory", "can't allocate memory")


def is_out_of_memory(error: BaseException) -> bool:
    """Whether a device or the machine had no memory left."""
    if isinstance(error, (torch.OutOfMemoryError, MemoryError)):
        return True
    return isinstance(error, RuntimeError) and any(word in str(error).lower() for word in WORDS)


def largest_that_fits(module: SegmentationModule, batch: Batch) -> int:
    """The largest halving of this batch that a training step has memory for; 0 where not even the fewest fit."""
    size = len(batch["index"]) // 2
    while size >= module.network.least_batch:
        release(module)
        if _fits(module, {name: tensor[:size] for name, tensor in batch.items()}):
            return size
        size //= 2
    return 0


def release(module: SegmentationModule) -> None:
    """Let go of what the failed step left behind."""
    module.zero_grad(set_to_none=True)
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def _fits(module: SegmentationModule, batch: Batch) -> bool:
    try:
        with module.trainer.precision_plugin.forward_context():
            loss = module.loss_of({name: tensor.to(module.device) for name, tensor in batch.items()})
        loss.backward()
    except Exception as error:
        if is_out_of_memory(error):
            return False
        raise
    return True
