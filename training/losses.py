"""What training minimises: weighted cross-entropy, and two losses that follow intersection over union."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from segmentation.classes import IGNORE
from training.names import Loss


def targets_at(target: Tensor, size: tuple[int, ...], *, all_pixels: bool = True) -> Tensor:
    """The truth at the size of the logits: (N, H, W) ids -> (N, S, h, w), S pixels for each cell of the logits.

    all_pixels: where H and W are whole multiples of h and w, every cell gets all the pixels under it, so no truth is
    lost though the network is coarser; else, and where they are no multiples, the pixel under the cell's centre.
    """
    count, height, width = target.shape
    rows, columns = height // size[0], width // size[1]
    if all_pixels and (rows * size[0], columns * size[1]) == (height, width):
        cells = target.view(count, size[0], rows, size[1], columns).permute(0, 2, 4, 1, 3)
        return cells.reshape(count, rows * columns, *size)
    under = [
        (2 * torch.arange(cells, device=target.device) + 1) * pixels // (2 * cells)
        for pixels, cells in ((height, size[0]), (width, size[1]))
    ]
    return target[:, None, under[0][:, None], under[1][None, :]]


def upsampled(logits: Tensor, size: tuple[int, ...]) -> Tensor:
    """Logits (N, C, h, w) at every pixel (N, C, H, W), bilinear, as scores and live labels take them."""
    if logits.shape[-2:] == size:
        return logits
    return F.interpolate(logits, size=size, mode="bilinear", align_corners=False)


def cross_entropy(logits: Tensor, targets: Tensor, weights: Tensor) -> Tensor:
    """Cross-entropy summed with class weights and divided by the summed weights, as ESANet divides it.

    logits: (N, C, h, w). targets: (N, S, h, w) ids of the pixels under each cell, 255 = ignored. weights: (C,).
    Without a pixel that counts it is 0.
    """
    log_shares = F.log_softmax(logits.float(), dim=1)
    counted = targets != IGNORE
    ids = targets.masked_fill(~counted, 0)
    pixel_weights = weights[ids] * counted
    loss = -(log_shares.gather(1, ids) * pixel_weights).sum()
    return loss / pixel_weights.sum().clamp_min(torch.finfo(torch.float32).tiny)


def iou_loss(kind: Loss, logits: Tensor, target: Tensor) -> Tensor:
    """The addition to cross-entropy: 0 for "ce". logits: (N, C, h, w). target: (N, h, w) ids, 255 = ignored."""
    if kind == "ce":
        return logits.new_zeros(())
    shares = logits.float().softmax(dim=1).movedim(1, -1)
    counted = target != IGNORE
    shares, ids = shares[counted], target[counted]
    if not len(ids):
        return logits.sum() * 0
    return lovasz_softmax(shares, ids) if kind == "lovasz" else soft_jaccard(shares, ids)


def lovasz_softmax(shares: Tensor, ids: Tensor) -> Tensor:
    """The convex surrogate of 1 - IoU, averaged over the classes present.

    shares: (P, C) probabilities. ids: (P,). Berman, Triki, Blaschko, "The Lovasz-Softmax loss", CVPR 2018, section 3.
    """
    losses = []
    for name in ids.unique().tolist():
        present = (ids == name).to(shares.dtype)
        errors, order = (present - shares[:, name]).abs().sort(descending=True)
        losses.append(errors @ _lovasz_gradient(present[order]))
    return torch.stack(losses).mean()


def _lovasz_gradient(present: Tensor) -> Tensor:
    """How much 1 - IoU grows as each further pixel, sorted by its error, is taken to be wrong."""
    total = present.sum()
    intersection = total - present.cumsum(0)
    union = total + (1 - present).cumsum(0)
    jaccard = 1 - intersection / union
    return torch.diff(jaccard, prepend=jaccard.new_zeros(1))


def soft_jaccard(shares: Tensor, ids: Tensor) -> Tensor:
    """1 - IoU with probabilities in place of decisions, averaged over the classes present.

    shares: (P, C) probabilities. ids: (P,). Rahman, Wang, "Optimizing Intersection-Over-Union in Deep Neural Networks
    for Image Segmentation", ISVC 2016.
    """
    truth = F.one_hot(ids, shares.shape[1]).to(shares.dtype)
    intersection = (shares * truth).sum(0)
    union = (shares + truth).sum(0) - intersection
    present = truth.sum(0) > 0
    return (1 - intersection / union)[present].mean()
