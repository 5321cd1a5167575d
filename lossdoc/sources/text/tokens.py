"""Numbers in a line of console output, and lines that are no output at all."""

from __future__ import annotations

import re

_EXPONENT = r"(?:[eE][-+]?\d+)?"
_FROM_DIGIT = (
    r"\d{3}[-/.]\d\d?[-/.]\d\d?(?:[T_ ]\d\d?:\d\d:\d\d(?:[.,]\d+)?)?"  # dates and times
    r"|\d?/\d\d?/\d{2,4}|\d*:\d\d:\d\d(?:[.,]\d+)?|\d*:\d\d(?=[<,])"
    rf"|(?<=[1-9])(?<!\[.)\d{{0,2}}(?:,\d{{3}})+(?![\d,])(?:\.\d+)?{_EXPONENT}"
    rf"|\d*\.?\d*{_EXPONENT}"
)
_WORD = r"(?:nan|NaN|NAN|Nan|inf|Inf|INF|Infinity|infinity)(?!\w| iter)"
# "acc1", "mAP@0.5", "#0", "top-1" and "rank 0" are parts of names, not numbers. The first character is
# consumed before it is looked at, since a search for one of a few characters is fast.
TOKEN = re.compile(
    rf"([-+.\dnNiI](?<![\w.@#].)(?<!\w-.)(?<![rR]ank[ =:].)(?:"
    rf"(?<=1)\.#(?:IND|QNAN|INF)\d*|(?<=\d)(?:{_FROM_DIGIT})|(?<=\.)\d+{_EXPONENT}"
    rf"|(?<=[-+])(?:1\.#(?:IND|QNAN|INF)\d*|(?:\d+\.?\d*|\.\d+){_EXPONENT}|{_WORD})"
    r"|(?<=[nN])(?<!of .)[aA][nN](?!\w| iter)|(?<=[iI])(?:nf|NF)(?:inity)?(?!\w)))"
)
"""A number or a time; ``TOKEN.split`` gives words and tokens in turn."""

_UNITS = frozenset(
    re.findall(
        r"\S+",
        "s ms us ns sec secs second seconds min mins minutes h hr hrs hours d days m it its iter "
        "iters step steps img images samples tok tokens x X px ex examples ep epochs pct dB bits "
        "nats b k K M G T B KB MB GB TB kB Kb Mb Gb KiB MiB GiB TFLOPs TFLOPS GFLOPs FLOPs W C Hz",
    )
)
_SCALES = {"k": 1e3, "K": 1e3, "M": 1e6, "B": 1e9}
_GLUED = re.compile(r"[A-Za-zµ]\w*")
_GLUED_UNIT = re.compile(r"(?:[A-Za-zµ]+|%)(?:/[A-Za-z]+)?")


def scale(token: str, after: str) -> float | None:
    """Factor of a token by the unit glued to it; None where it is a time, a date or a word.

    >>> scale("1.2", "k tokens"), scale("225.9", "ms, mfu"), scale("2", "nd"), scale("10:00:39", "")
    (1000.0, 1.0, None, None)
    """
    if ":" in token or token.count("/") + token[1:].count("-") > 1:
        return None
    unit = found[0] if (found := _GLUED.match(after)) is not None else ""
    if (unit and unit not in _UNITS) or after.startswith("%|"):  # the latter: a progress bar
        return None
    return _SCALES.get(unit, 1.0)


def without_unit(gap: str) -> str:
    """Words after a number, without the unit that is glued to it."""
    found = _GLUED_UNIT.match(gap)
    return gap if found is None else gap[found.end() :]


_CODE = re.compile(
    r"""^\s*(?:def|class|import|from|return|assert|raise|lambda|elif|@|//|print\w*\()\b
    |\b(?:self|torch|args|cfg)\.\w
    |\b(?!tensor\b|Tensor\b)\w+\([^()]*\w\s*=        # a call with keywords, a Namespace
    |(?<=[\w\s)])[=!+*]=(?=[\w\s(])|:=|\\$           # statements
    |\{\w[^{}]*:[.\d,]*[a-z]\}                       # f-strings
    |^\s*["'][^"']+["']\s*:[^:]+$                    # a line of a JSON object
    |^\s*--\w                                        # a command line
    |\d\s*\*\s*\w|:\s*(?:int|float|bool|str)\s*=     # arithmetic, declarations
    |\w\s*=\s*(?:dict|list|\w+\.\w+)?[(\[{]\s*$      # a statement that goes on
    """,
    re.VERBOSE,
)


def is_code(line: str) -> bool:
    """Whether a line is source code or configuration, which scripts print before they train."""
    return _CODE.search(line) is not None
