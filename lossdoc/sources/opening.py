"""Bytes of a log, whatever they are wrapped in: gzip, zstandard, UTF-16, byte order marks."""

from __future__ import annotations

import codecs
import stat
from typing import TYPE_CHECKING, Protocol, cast

from lossdoc.errors import UnreadableLog
from lossdoc.model import LogIssue

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from io import BufferedReader
    from pathlib import Path

    from lossdoc.sources.base import Source

LONGEST_LINE = 1 << 30
"""Bytes. JSON documents may be one line; nothing readable is longer than a gibibyte."""

_GZIP = b"\x1f\x8b"
_ZSTD = b"\x28\xb5\x2f\xfd"
_PIECE = 512
"""Compressed bytes decoded at once: a damage costs what its piece held before it, no more."""


class _Decoder(Protocol):
    """What zlib's and zstandard's decompression objects have in common: one member, then eof."""

    @property
    def eof(self) -> bool:
        """Whether the member is complete."""

    @property
    def unused_data(self) -> bytes:
        """What follows the member."""

    def decompress(self, data: bytes, /) -> bytes:
        """Decode what can be decoded so far."""


def chunks(path: Path, size: int) -> Iterator[bytes]:
    """Decompressed bytes, about ``size`` at a time.

    Raises
    ------
    UnreadableLog
        The file is missing, not permitted, or not a file; or it is damaged or breaks off, and
        then only after everything before the damage was yielded.
    """
    with _open(path) as raw:
        try:
            codec = _codec(raw.peek(4)[:4])
            plain = iter(lambda: raw.read(size), b"")
            yield from plain if codec is None else _inflate(path, raw, codec, size)
        except OSError as error:
            raise UnreadableLog(f"cannot read {path}: {_reason(error)}") from error


def head(path: Path, size: int) -> bytes:
    """First ``size`` decompressed bytes, or as many as there are before a damage."""
    found = b""
    try:
        for chunk in chunks(path, size):
            found += chunk
            if len(found) >= size:
                break
    except UnreadableLog:
        if not found:
            raise
    return found[:size]


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
    """Blocks of whole lines as UTF-8, without byte order mark; see `Source.blocks`.

    Raises
    ------
    UnreadableLog
        As `chunks`; a damaged file gives what stands before the damage first, its last line
        torn. A line is longer than `LONGEST_LINE`.
    """
    return whole_lines(_utf8(chunks(path, size), encoding), path)


def whole_lines(text: Iterator[bytes], path: Path) -> Iterator[bytes]:
    """Cut chunks of UTF-8 anew, at the ends of lines; errors as `blocks`."""
    rest: list[bytes] = []
    waiting = 0
    damage = None
    while True:
        try:
            chunk = next(text, None)
        except UnreadableLog as error:
            damage, chunk = error, None
        if chunk is None:
            break
        # Progress bars that were written to a file end their lines with a carriage return alone.
        cut = (chunk.rfind(b"\n") + 1) or (chunk.rfind(b"\r", 0, len(chunk) - 1) + 1)
        if cut:
            yield b"".join((*rest, chunk[:cut]))
            rest, waiting = [], 0
            chunk = chunk[cut:]
        if chunk:
            rest.append(chunk)
            waiting += len(chunk)
        if waiting > LONGEST_LINE:
            raise UnreadableLog(
                f"{path} has a line of more than {LONGEST_LINE >> 20} MiB",
                hint="this is no log, or its line ends were lost",
            )
    if rest:
        yield b"".join(rest)
    if damage is not None:
        raise damage


def intact_blocks(source: Source, issues: list[LogIssue], size: int = 1 << 22) -> Iterator[bytes]:
    """Blocks of a source up to where it is damaged; the damage is added to the issues.

    Raises
    ------
    UnreadableLog
        Not a byte could be read.
    """
    something = False
    stream = source.blocks(size)
    while True:
        try:
            block = next(stream, None)
        except UnreadableLog as error:
            if not something:
                raise
            issues.append(
                LogIssue("damaged-file", f"{error.message}; what stands before was used", lost=True)
            )
            return
        if block is None:
            return
        something = True
        yield block


def _open(path: Path) -> BufferedReader:
    """Open a regular file; anything else (a pipe, a device) could block or never end."""
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise UnreadableLog(f"cannot open {path}: it is a folder")
        if not stat.S_ISREG(mode):
            raise UnreadableLog(
                f"cannot open {path}: it is no regular file", hint="Save it to a file first."
            )
        return path.open("rb")
    except (OSError, ValueError) as error:  # ValueError: a NUL byte in the name
        raise UnreadableLog(f"cannot open {path}: {_reason(error)}") from error


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


def _codec(magic: bytes) -> tuple[Callable[[], _Decoder], type[Exception]] | None:
    """Maker of decoders and the error that they raise; None for a plain file."""
    if magic.startswith(_GZIP):
        import zlib

        return lambda: zlib.decompressobj(wbits=31), zlib.error
    if magic == _ZSTD:
        import zstandard

        frames = zstandard.ZstdDecompressor()
        return lambda: cast("_Decoder", frames.decompressobj()), zstandard.ZstdError
    return None


def _inflate(
    path: Path,
    raw: BufferedReader,
    codec: tuple[Callable[[], _Decoder], type[Exception]],
    size: int,
) -> Iterator[bytes]:
    """Decompress member after member; raise only after all that could be decoded was yielded."""
    make, broken = codec
    decoder = None
    reason = ""
    held = bytearray()
    while not reason and (piece := raw.read(_PIECE)):
        while piece:
            if decoder is None:
                piece = piece.lstrip(b"\0")  # padding between or after members
                if not piece:
                    break
                decoder = make()
            try:
                held += decoder.decompress(piece)
            except broken as error:
                reason = str(error)
                break
            piece = b""
            if decoder.eof:
                piece, decoder = decoder.unused_data, None
        if len(held) >= size:
            yield bytes(held)
            held.clear()
    if held:
        yield bytes(held)
    if decoder is not None:
        raise UnreadableLog(f"{path} is damaged: {reason or 'the compressed data break off'}")


def _utf8(raw: Iterator[bytes], encoding: str) -> Iterator[bytes]:
    """Chunks of any encoding as UTF-8, the byte order mark dropped."""
    mark = codecs.BOM_UTF8
    decoder = None if encoding == "utf-8" else codecs.getincrementaldecoder(encoding)("replace")
    for chunk in raw:
        found = chunk if decoder is None else decoder.decode(chunk).encode()
        yield found.removeprefix(mark)
        mark = mark if not found else b""
    if decoder is not None:
        yield decoder.decode(b"", final=True).encode()
