"""A callback for the Trainer of Lightning."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lightning.pytorch.callbacks import Callback

from lossdoc.integrations.monitor import Monitor

if TYPE_CHECKING:
    import os

    from lightning.pytorch import LightningModule, Trainer

    from lossdoc.integrations.monitor import Level


class LossdocCallback(Callback):
    """Judges what a LightningModule logs with ``self.log``.

    ``Trainer(callbacks=[LossdocCallback(stop_on="error")])``

    Rows are taken where Lightning hands metrics to its loggers (``log_every_n_steps``), and after
    each validation. On several processes the first one judges, and all stop together.

    Parameters
    ----------
    path
        JSONL file for the log; None writes none.
    stop_on, more
        As in `lossdoc.Monitor`; the planned length comes from the Trainer.
    """

    def __init__(
        self,
        path: str | os.PathLike[str] | None = None,
        *,
        stop_on: Level = None,
        **more: Any,
    ) -> None:
        super().__init__()
        self.monitor = Monitor(path, stop_on=stop_on, **more)

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Take the planned length."""
        del pl_module
        planned = trainer.estimated_stepping_batches
        if 0 < planned < float("inf"):
            self.monitor.plan(planned)

    def on_train_batch_end(
        self,
        trainer: Trainer,
        pl_module: LightningModule,
        outputs: Any,
        batch: Any,
        batch_idx: int,
    ) -> None:
        """Take a row where Lightning logs one."""
        del pl_module, outputs, batch, batch_idx
        every = getattr(trainer, "log_every_n_steps", 0) or 1
        if trainer.global_step % every == 0:
            self._take(trainer, _training(trainer))
        self._stop(trainer, together=False)

    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Take what the validation measured."""
        del pl_module
        if not trainer.sanity_checking:
            self._take(trainer, _validation(trainer))
        self._stop(trainer, together=True)

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Let all processes agree."""
        del pl_module
        self._stop(trainer, together=True)

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Judge the whole log."""
        del pl_module
        if trainer.is_global_zero:
            self.monitor.close()

    def _take(self, trainer: Trainer, values: dict[str, Any]) -> None:
        if trainer.is_global_zero and values:
            self.monitor.log(trainer.global_step, values)

    def _stop(self, trainer: Trainer, *, together: bool) -> None:
        """Ask for the end: at once on one process, by agreement on several."""
        stop = self.monitor.should_stop
        if trainer.world_size > 1:
            if not together:
                return
            stop = trainer.strategy.reduce_boolean_decision(stop, all=False)
        if stop:
            trainer.should_stop = True


def _training(trainer: Trainer) -> dict[str, Any]:
    """Metrics of a training step, with the learning rate."""
    values = {k: v for k, v in trainer.callback_metrics.items() if not _of_validation(k)}
    for optimizer in trainer.optimizers[:1]:
        values.setdefault("lr", optimizer.param_groups[0]["lr"])
    return values


def _validation(trainer: Trainer) -> dict[str, Any]:
    return {k: v for k, v in trainer.callback_metrics.items() if _of_validation(k)}


def _of_validation(name: str) -> bool:
    return name.lower().startswith(("val", "test", "eval", "dev"))
