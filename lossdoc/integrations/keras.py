"""A callback for Keras 3, on any of its backends."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import keras

from lossdoc.integrations.monitor import Monitor

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

    from lossdoc.integrations.monitor import Level


class LossdocCallback(keras.callbacks.Callback):
    """Judges what ``fit`` logs at the end of each epoch.

    ``model.fit(..., callbacks=[LossdocCallback(stop_on="error")])``

    Within an epoch Keras logs running means, which start anew with each: they are no losses of
    batches, and are left out. A loss that is no number is seen at once all the same.

    Parameters
    ----------
    path
        JSONL file for the log; None writes none.
    stop_on, more
        As in `lossdoc.Monitor`; the planned length comes from ``fit``.
    """

    def __init__(
        self,
        path: str | os.PathLike[str] | None = None,
        *,
        stop_on: Level = None,
        **more: Any,
    ) -> None:
        super().__init__()
        # Few rows, far apart: each may be judged as it comes.
        self.monitor = Monitor(path, stop_on=stop_on, **{"background": False, **more})

    def on_train_begin(self, logs: Mapping[str, Any] | None = None) -> None:
        """Take the planned length."""
        del logs
        epochs = (self.params or {}).get("epochs")
        if epochs:
            self.monitor.plan(epochs)

    def on_train_batch_end(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Stop at a loss that is no number, if stopping is wanted."""
        del batch
        loss = float((logs or {}).get("loss", 0.0))
        if math.isnan(loss) and self.monitor.stop_on is not None:
            self.model.stop_training = True

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Take a row; stop if something bad enough was found."""
        rate = getattr(getattr(self.model, "optimizer", None), "learning_rate", None)
        values = dict(logs or {})
        if rate is not None:
            # Six digits: the rate is kept with single precision.
            values.setdefault("learning_rate", float(f"{keras.ops.convert_to_numpy(rate):.6g}"))
        self.monitor.log(epoch + 1, values)
        if self.monitor.should_stop:
            self.model.stop_training = True

    def on_train_end(self, logs: Mapping[str, Any] | None = None) -> None:
        """Judge the whole log."""
        del logs
        self.monitor.close()
