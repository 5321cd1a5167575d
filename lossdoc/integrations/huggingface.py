"""A callback for the Trainer of Hugging Face transformers (and those built on it, as TRL's)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from transformers import TrainerCallback

from lossdoc.integrations.monitor import Monitor

if TYPE_CHECKING:
    import os

    from transformers import TrainerControl, TrainerState, TrainingArguments

    from lossdoc.integrations.monitor import Level


class LossdocCallback(TrainerCallback):
    """Judges what the Trainer logs.

    ``Trainer(..., callbacks=[LossdocCallback(stop_on="error")])``

    Parameters
    ----------
    path
        JSONL file for the log; None writes none.
    stop_on, more
        As in `lossdoc.Monitor`; the planned length comes from the Trainer.

    Attributes
    ----------
    monitor
        The `lossdoc.Monitor`, from the beginning of the training on.
    """

    def __init__(
        self,
        path: str | os.PathLike[str] | None = None,
        *,
        stop_on: Level = None,
        **more: Any,
    ) -> None:
        self.monitor = Monitor(path, stop_on=stop_on, **more)

    def on_train_begin(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        **kwargs: Any,
    ) -> None:
        """Take the planned length."""
        del args, control, kwargs
        if state.max_steps and state.max_steps > 0:
            self.monitor.plan(state.max_steps)

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        """Take a row; ask for the end if something bad enough was found."""
        del args, kwargs
        if not state.is_world_process_zero or not logs:
            return
        # The last row sums up the run: its train_loss is the mean of all.
        if "train_runtime" not in logs:
            self.monitor.log(state.global_step, logs)
        if self.monitor.should_stop:
            control.should_training_stop = True

    def on_train_end(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        **kwargs: Any,
    ) -> None:
        """Judge the whole log."""
        del args, control, kwargs
        if state.is_world_process_zero:
            self.monitor.close()
