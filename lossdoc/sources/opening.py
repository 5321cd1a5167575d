"""Bytes of a log, whatever they are wrapped in: gzip, zstandard, UTF-16, byte order marks."""

from __future__ import annotations

import codecs
import io
from typing import TYPE_CHECKING, BinaryIO, cast

from lossdoc.errors import UnreadableLog

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_GZIP = b"\x1f\x8b"
_ZSTD = b"\x28\xb5\x2f\xfd"


def open_bytes(path: Path) -> BinaryIO:
    """Open a file for reading, decompressing what starts like gzip or zstandard.

    Raises
    ------
    UnreadableLog
        The file is missing, not permitted, or not a file.
    """
    try:
        raw = path.open("rb")
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise UnreadableLog(f"cannot open {path}: {reason}") from error
    magic = raw.read(4)
    raw.seek(0)
    if magic.startswith(_GZIP):
        import gzip

        return cast("BinaryIO", gzip.GzipFile(fileobj=raw))
    if magic == _ZSTD:
        import zstandard

        return zstandard.ZstdDecompressor().stream_reader(raw, read_across_frames=True)
    return raw


def chunks(path: Path, size: int) -> Iterator[bytes]:
    """Decompressed bytes; an archive that breaks off gives what came before the break.

    Raises
    ------
    UnreadableLog
        A compressed file breaks off or is damaged (after the good part was yielded).
    """
    with open_bytes(path) as stream:
        while True:
            try:
                chunk = stream.read(size)
            except (OSError, EOFError, ValueError) as error:
                raise UnreadableLog(f"{path} is damaged: {error}") from error
            except Exception as error:
                # zlib.error and zstandard.ZstdError derive from Exception alone, and naming
                # them would import both libraries for every plain file.
                raise UnreadableLog(f"{path} is damaged: {error}") from error
            if not chunk:
                return
            yield chunk


def head(path: Path, size: int) -> bytes:
    """First ``size`` decompressed bytes, or as many as there are."""
    found = io.BytesIO()
    try:
        for chunk in chunks(path, size):
            found.write(chunk)
            if found.tell() >= size:
                break
    except UnreadableLog:
        if not found.tell():
            raise
    return found.getvalue()[:size]


def detect_encoding(start: bytes) -> str:
    """Encoding by byte order mark, else UTF-16 by its NUL bytes, else UTF-8."""
    if start.startswith(codecs.BOM_UTF16_LE):
        return "utf-16-le"
    if start.startswith(codecs.BOM_UTF16_BE):
        return "utf-16-be"
    sample = start[:4096]
    if len(sample) >= 4:
        odd, even = sample[1::2].count(0), sample[::2].count(0)
        half = len(sample) // 2
        if odd > 0.7 * half and even < 0.1 * half:
            return "utf-16-le"
        if even > 0.7 * half and odd < 0.1 * half:
            return "utf-16-be"
    return "utf-8"


def blocks(path: Path, encoding: str, size: int) -> Iterator[bytes]:
    """Blocks of whole lines as UTF-8, without byte order mark; see `Source.blocks`."""
    decode = None if encoding == "utf-8" else codecs.getincrementaldecoder(encoding)("replace")
    rest = b""
    first = True
    for raw in chunks(path, size):
        chunk = raw if decode is None else decode.decode(raw).encode()
        if first:
            chunk = chunk.removeprefix(codecs.BOM_UTF8)
            first = False
        cut = chunk.rfind(b"\n") + 1
        if not cut:
            rest += chunk
            continue
        yield rest + chunk[:cut]
        rest = chunk[cut:]
    if decode is not None:
        rest += decode.decode(b"", final=True).encode()
    if rest:
        yield rest
