"""One step of training and one of validation, for Lightning's loops."""

from __future__ import annotations

import math
from typing import Any

import pytorch_lightning as pl
import torch
from torch import Tensor
from torch.optim import Optimizer
from torch.optim.lr_scheduler import ReduceLROnPlateau

from segmentation.checkpoints.card import ModelCard
from segmentation.networks.network import Network
from training.average import MovingAverage
from training.batch_norm import RunningStatistics
from training.deep_supervision import SideHeads, watched_steps
from training.errors import NotFiniteError
from training.layout import channels_last, lay_channels_last
from training.losses import cross_entropy, iou_loss, targets_at, upsampled
from training.names import Loss
from training.optimizer import make_optimizer
from training.progress import Clock, share_done
from training.recipes import Recipe
from training.schedule import learning_rate_factor
from training.validation import Validation

Batch = dict[str, Tensor]


class SegmentationModule(pl.LightningModule):
    """Trains `network`; `model` is what is validated and exported: the network itself, or its moving average.

    In a checkpoint the weights lie under "network." and "model."; the latter are those a program should use.

    class_weights: (C,). learning_rate: the highest. budget_s: seconds that the run may take.
    identity: what --resume compares, plain values; see begin.identity.
    """

    class_weights: Tensor
    _loss_sum: Tensor
    _statistics: RunningStatistics

    def __init__(
        self,
        network: Network,
        card: ModelCard,
        recipe: Recipe,
        class_weights: Tensor,
        *,
        learning_rate: float,
        loss: Loss = "ce",
        budget_s: float = math.inf,
        camera_names: tuple[str, ...] = ("camera",),
        identity: dict[str, Any] | None = None,
    ) -> None:
        super().__init__()
        self.card, self.recipe = card, recipe
        self.loss_kind: Loss = loss
        self.identity = identity
        self.learning_rate, self.budget_s = learning_rate, budget_s
        self.clock = Clock()
        self.network = network
        lay_channels_last(network)
        self.side_heads = None if recipe.supervision == "none" else SideHeads(network, recipe.supervision)
        self.averaging = MovingAverage(self.network, recipe.average_decay) if recipe.average_decay else None
        self.model: Network = self.network if self.averaging is None else self.averaging.average
        self.register_buffer("class_weights", class_weights, persistent=False)
        self.validation = Validation(len(card.classes), camera_names)
        self.register_buffer("_loss_sum", torch.zeros(()), persistent=False)
        self._batches = 0
        self.last_batch: Batch | None = None
        self.plateau: ReduceLROnPlateau | None = None

    def configure_optimizers(self) -> Optimizer:
        """The recipe's optimiser; the learning rate is set by hand, batch by batch."""
        modules = [self.network, *([self.side_heads] if self.side_heads else [])]
        optimizer = make_optimizer(self.recipe, modules, self.learning_rate)
        if self.recipe.plateau is not None:
            plateau = self.recipe.plateau
            self.plateau = ReduceLROnPlateau(optimizer, factor=plateau.factor, patience=plateau.patience)
        return optimizer

    def share_done(self) -> float:
        """How much of the run is behind, 0..1; the same in every process."""
        trainer = self.trainer
        epochs = trainer.max_epochs if trainer.max_epochs and trainer.max_epochs > 0 else float("inf")
        elapsed_s = self.clock.elapsed_s
        if self.budget_s < math.inf and trainer.world_size > 1:
            elapsed_s = trainer.strategy.broadcast(elapsed_s)
        return share_done(self.global_step, trainer.num_training_batches * epochs, elapsed_s, self.budget_s)

    def on_train_epoch_start(self) -> None:
        """Begin to count, and forget the last validation, which need not come in every epoch but the last."""
        self._loss_sum.zero_()
        self._batches = 0
        self.validation.reset()
        if self.trainer.current_epoch + 1 == self.trainer.max_epochs:
            self.trainer.check_val_every_n_epoch = 1

    def mean_train_loss(self) -> float:
        """Over this epoch's batches, in all processes; all of them must ask."""
        own = torch.stack([self._loss_sum, self._loss_sum.new_tensor(float(self._batches))])
        total, batches = self.trainer.strategy.reduce(own, reduce_op="sum").tolist()
        return total / max(batches, 1)

    def on_train_batch_start(self, batch: Batch, batch_idx: int) -> None:
        """Set the learning rate for this batch, and end the epoch where the time is up."""
        share = self.share_done()
        if share >= 1:
            self._end()
        if self.recipe.plateau is None:
            factor = learning_rate_factor(share, self.recipe.warm_up, self.recipe.schedule)
            self._set_learning_rate(self.learning_rate * factor)
        self._statistics.before_batch()

    def training_step(self, batch: Batch, batch_idx: int) -> Tensor:
        """The loss of a batch. Raises NotFiniteError, which names the batch's samples, where it is not a number."""
        self.last_batch = batch
        loss = self.loss_of(batch)
        if not torch.isfinite(loss):
            raise NotFiniteError(batch["index"].tolist())
        self._loss_sum += loss.detach()
        self._batches += 1
        self.log("train_loss", loss, prog_bar=True)
        self.log("lr", self.trainer.optimizers[0].param_groups[0]["lr"])
        return loss

    def loss_of(self, batch: Batch) -> Tensor:
        """What is minimised: the loss at the network's output and at every side head."""
        with watched_steps(self.network, () if self.side_heads is None else self.side_heads.steps) as maps:
            logits = self.network(channels_last(batch["color"]), batch["depth_m"], batch["focal_px"])
        target = batch["target"]
        logits = self._compared(logits, target)
        loss = cross_entropy(logits, targets_at(target, logits.shape[-2:]), self.class_weights)
        if self.loss_kind != "ce":
            under = targets_at(target, logits.shape[-2:], all_pixels=False)[:, 0]
            loss = loss + iou_loss(self.loss_kind, logits, under)
        for side in self.side_heads(maps) if self.side_heads is not None else ():
            logits = self._compared(side, target)
            under = targets_at(target, logits.shape[-2:], all_pixels=False)
            loss = loss + self.recipe.side_weight * cross_entropy(logits, under, self.class_weights)
        return loss

    def _compared(self, logits: Tensor, target: Tensor) -> Tensor:
        """The logits where they meet the target (N, H, W)."""
        return upsampled(logits, target.shape[-2:]) if self.recipe.loss_at == "pixels" else logits

    def on_train_batch_end(self, outputs: Any, batch: Batch, batch_idx: int) -> None:
        """Let the average follow."""
        if self.averaging is not None:
            self.averaging.update(self.global_step - 1)

    def on_validation_epoch_start(self) -> None:
        """Begin to count."""
        self.validation.reset()

    def validation_step(self, batch: Batch, batch_idx: int) -> None:
        """Score a batch."""
        logits = self.model(channels_last(batch["color"]), batch["depth_m"], batch["focal_px"])
        compared = self._compared(logits, batch["target"])
        loss = cross_entropy(compared, targets_at(batch["target"], compared.shape[-2:]), self.class_weights)
        self.validation.update(logits, batch["target"], batch["camera"], loss)

    def on_validation_epoch_end(self) -> None:
        """Add up what all processes counted, and log it."""
        self.validation.gather(self.trainer.strategy)
        self.log_dict(self.validation.scores(self.card.classes.names[1:]), rank_zero_only=True)
        self.log("val_loss", self.validation.loss, prog_bar=True)
        self.log("val_miou", self.validation.matrix.miou(), prog_bar=True)

    def on_train_epoch_end(self) -> None:
        """Lower the learning rate where the recipe waits for the validation loss."""
        if self.plateau is not None and "val_loss" in self.trainer.callback_metrics:
            self.plateau.step(self.trainer.callback_metrics["val_loss"])

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Add what load_checkpoint and a later part of the run want; plain values only."""
        checkpoint["hyper_parameters"] = {"card": self.card.as_document(), "run": self.identity}
        checkpoint["elapsed_s"] = self.clock.elapsed_s
        checkpoint["plateau"] = None if self.plateau is None else self.plateau.state_dict()

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Go on from where an earlier part of the run was."""
        self.clock.go_on_from(checkpoint["elapsed_s"])
        self._plateau_state = checkpoint["plateau"]

    def on_train_start(self) -> None:
        """Give the plateau its memory back, which Lightning knows nothing of; train no more where the time was up."""
        self._statistics = RunningStatistics(self.network, self.recipe.batch_norm_momentum)
        state = getattr(self, "_plateau_state", None)
        if self.plateau is not None and state is not None:
            self.plateau.load_state_dict(state)
        if self.clock.before_s >= self.budget_s:
            self.trainer.should_stop = True
        self.clock.go_on_from(self.clock.before_s)

    def _end(self) -> None:
        """Finish this epoch now, with a validation."""
        self.trainer.check_val_every_n_epoch = 1
        self.trainer.should_stop = True

    def _set_learning_rate(self, rate: float) -> None:
        for group in self.trainer.optimizers[0].param_groups:
            group["lr"] = rate
