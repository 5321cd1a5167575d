"""Hyper-parameters that a run wrote into its event files, as ``hparams`` or as text.

These records are rare and their formats many, so they are left to tbparse. It gets them in a small
file of their own, since it needs minutes for what may stand around them.
"""

from __future__ import annotations

import json
import re
import warnings
from pathlib import Path
from struct import pack
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from lossdoc.model import LogIssue
from lossdoc.sources import tfevents_crc as crc

if TYPE_CHECKING:
    from collections.abc import Iterator

# Of what people call a text with their settings; other texts are samples and predictions.
_SETTINGS = re.compile(rb"args|argument|config|hparam|hyper|option|param|setting", re.IGNORECASE)
_TAG_BYTES = 256
_PAIR = re.compile(
    r"""["'|]?\s*([A-Za-z_][\w./-]*)["']?\s*[|=:]\s*["']?([^\s|,;"'(){}\[\]]+)""", re.ASCII
)
_LONGEST_TEXT = 1 << 18


def has_settings(record: bytes) -> bool:
    """Whether the tag of a record looks like that of hyper-parameters."""
    return _SETTINGS.search(record[:_TAG_BYTES]) is not None


def settings_of(notes: list[bytes]) -> tuple[list[tuple[str, Any]], tuple[LogIssue, ...]]:
    """Hyper-parameters by their own names.

    Parameters
    ----------
    notes
        Payloads of event records with hyper-parameters, or with text that has settings.
    """
    if not notes:
        return [], ()
    try:
        named, texts = _tbparse(notes)
    except Exception as error:  # noqa: BLE001 - tbparse and what is below it raise anything
        reason = f"hyper-parameters could not be read: {type(error).__name__}: {error}"
        return [], (LogIssue("unread-hparams", reason, count=len(notes), lost=True),)
    for text in texts:
        named.extend(_pairs(text))
    return named, ()


def _tbparse(records: list[bytes]) -> tuple[list[tuple[str, Any]], list[str]]:
    """Named hyper-parameters, and texts."""
    with TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # tbparse 0.0.9 uses what pandas 3 has deprecated
        from tbparse import SummaryReader

        path = Path(folder, "events.out.tfevents.0")
        path.write_bytes(b"".join(map(_frame, [_VERSION, *records])))
        reader = SummaryReader(str(path), event_types={"hparams", "text"})
        hparams, text = reader.hparams, reader.text
    named = list(zip(hparams["tag"], hparams["value"], strict=True)) if len(hparams) else []
    return named, [str(value) for value in text["value"]] if len(text) else []


_VERSION = b"\x09" + bytes(8) + b"\x1a\x0dbrain.Event:2"


def _frame(record: bytes) -> bytes:
    size = len(record)
    head = pack("<QI", size, crc.length_checksum(size))
    return head + record + pack("<I", crc.checksum(record))


def _pairs(text: str) -> Iterator[tuple[str, Any]]:
    """Settings out of JSON, a Markdown table, a Namespace(...) or lines of ``name: value``."""
    text = text[:_LONGEST_TEXT]
    try:
        yield from _leaves("", json.loads(text))
    except (ValueError, RecursionError):
        for name, value in _PAIR.findall(text):
            yield name.replace(".", "/"), value


def _leaves(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves(f"{path}/{key}", inner)
    else:
        yield path, value
