"""From a prescription to the settings of the next run: the one way by which lossdoc changes a run.

=========================  =========================================================================
setting                    what becomes of the run
=========================  =========================================================================
``steps``, ``epochs``      its length; what counts in shares of the run stretches with it
``batches_in_the_data_     samples for training: so many batches
set``
``validation_samples_      samples for validation, where they are drawn and not a fixed set
factor``
``checkpoint_step``        it ends at that step, with the rates that it had until then
``schedule``               ``constant``, ``cosine``, ``linear`` (both down to 0), ``step`` (a tenth
                           at 1/2 and at 3/4 of the run) or ``wsd``; ``to 0`` may follow
``decay_steps``            its length, and the decay takes all that the warm-up leaves
``warmup_steps``           linear warm-up to the peak
``learning_rate``          its largest rate; schedule and warm-up stay, but a range test becomes a
                           constant rate: nobody trains along the ramp
``learning_rate_factor``   the same, as a factor
``weight_decay_factor``    a factor on a weight decay above 0
``init``                   scheme of the weights (``he_normal``) at its usual scale, with biases 0;
                           models that know one scheme go back to its usual scale
``activation``             of the hidden layers, where the model has a choice
``width_factor``           units, channels or dimensions of the model
``more_layers``            hidden layers or blocks on top, where the model has a choice
``dropout``                of the model
``precision``              ``bfloat16`` and ``float32`` do without loss scaling
``skip_batches``           ``"120-160"``: no faults of the data in these steps, or in several such
                           stretches, as in ``"120-121,160-160"``
``resume_from_step``       nothing: a run of the same seed passes through the same state there
``logging_steps``          steps between rows of its log
``eval_steps``             steps between evaluations
others                     the setting of that name of `TrainConfig`
=========================  =========================================================================

The run always starts anew, from the same seed. That a prescription would resume from a checkpoint
(``from_step``) is not imitated: to start anew is the harder test, and needs no old state.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from lossdoc.errors import UsageError
from lossdoc.trainer.setters import SETTERS

if TYPE_CHECKING:
    from lossdoc.model import Prescription
    from lossdoc.trainer.config import TrainConfig
    from lossdoc.trainer.setters import Setter


def apply(config: TrainConfig, prescription: Prescription | Mapping[str, Any]) -> TrainConfig:
    """Return the run that a prescription asks for.

    Parameters
    ----------
    prescription
        Or a mapping of settings: ``{"learning_rate": 0.12, "schedule": "cosine"}``.

    Raises
    ------
    UsageError
        A setting cannot be applied to this run, or nothing changes.
    """
    wanted = _settings(prescription)
    unknown = [name for name in wanted if name not in SETTERS]
    if unknown:
        raise UsageError(
            f"the trainer has no setting for {', '.join(unknown)}",
            hint="it can set " + ", ".join(SETTERS),
        )
    made = config
    for name, setter in SETTERS.items():
        if name in wanted:
            made = _set(made, name, setter, wanted[name])
    if made == config:
        named = ", ".join(f"{name} {value}" for name, value in wanted.items()) or "no settings"
        raise UsageError(f"the prescription changes nothing in this run: {named}")
    return made


def _settings(prescription: Prescription | Mapping[str, Any]) -> Mapping[str, Any]:
    if isinstance(prescription, Mapping):
        return prescription
    return {change.name: change.after for change in prescription.changes}


def _set(config: TrainConfig, name: str, setter: Setter, value: Any) -> TrainConfig:
    """Apply one setting; say which one it was where that fails."""
    try:
        return setter(config, value)
    except UsageError as error:
        message = f"{name} {value} cannot be applied to this run: {error.message}"
        raise UsageError(message, hint=error.hint) from error
