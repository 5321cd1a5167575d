"""Plain data: frozen records that go to JSON and back without losing anything."""

from __future__ import annotations

import math
from typing import Any, Self

import msgspec

from lossdoc.errors import UsageError
from lossdoc.trainer.expected import refusal


class Plain(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of every setting of the trainer: numbers, words and other plain records.

    Records are compared and hashed by their values.
    """

    def to_dict(self) -> dict[str, Any]:
        """Return the settings as JSON has them; `from_dict` is the way back."""
        made: dict[str, Any] = msgspec.to_builtins(self)
        return made

    @classmethod
    def from_dict(cls, data: object) -> Self:
        """Make a record of what `to_dict` gave.

        Raises
        ------
        UsageError
            A name is unknown, or a value is of the wrong type; the message says where, and what it may be.
        """
        try:
            return msgspec.convert(data, cls)
        except msgspec.ValidationError as error:
            raise refusal(cls, data, str(error)) from error

    def replace(self, **settings: Any) -> Self:
        """Return the same record with some settings changed, checked as from JSON.

        Raises
        ------
        UsageError
            As in `from_dict`.
        """
        changed = {
            name: msgspec.to_builtins(value) if isinstance(value, msgspec.Struct) else value
            for name, value in settings.items()
        }
        return self.from_dict({**self.to_dict(), **changed})


class Kind(Plain, frozen=True, kw_only=True, tag_field="kind", tag=str.lower):
    """Base of records of which several kinds exist; JSON tells them by ``kind``."""


def require(record: Plain, **limits: tuple[float, float]) -> None:
    """Check that settings of a record lie in their ranges, both ends included; None passes.

    Raises
    ------
    UsageError
        One does not, or is not finite; the message names the record, the setting, its range and
        its value.
    """
    for name, (low, high) in limits.items():
        value = getattr(record, name)
        if value is None or (low <= value <= high and math.isfinite(value)):
            continue
        allowed = f"at least {low}" if math.isinf(high) else f"from {low} to {high}"
        raise UsageError(f"{type(record).__name__}: {name} must be {allowed}, not {value}")
