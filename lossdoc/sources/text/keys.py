"""Words of a line of console output: keys, counters, splits, and the logger's prefix."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_TIME = r"[\[(]?\d[\d/.-]*[T_ ]?\d\d?:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?[\])]?"
_PREFIX = re.compile(
    rf"""\s*(?:
      [\[(]?(?:default|rank|gpu|worker)[\s=:#]*(?P<rank>\d+)(?:[\])]:?|\s?[:|>])  # [rank0]:
    | [IWEF]\d{{4}}\s[\d:.]+\s+\d+\s[^\]]{{1,80}}\]                            # absl, glog
    | \[\d\d/\d\d\s\d\d:\d\d:\d\d\s[\w.]+\]:                                 # detectron2
    | {_TIME}\s*[-:|]?(?=\s)
    | .{{0,160}}?\b(?:INFO|DEBUG|WARNING|ERROR)\b[\]\s:|>-]*
    | \[?[\w./-]+\.py(?::\d+|\[\d+\]|\(\d+\))[:\])]*(?:\s:)?(?=\s)
    | \[[\w.-]+:\d+\]:?(?=\s)                                               # [host:rank]:
    | [\w.<>]+(?::[\w<>]+)*:\d+\]?\s+-(?=\s)                                 # loguru
    )""",
    re.VERBOSE | re.IGNORECASE,
)


def message_start(line: str) -> tuple[int, int]:
    """Where the message of a line begins, and the rank of the process that wrote it, or -1.

    >>> line = "[rank1]: 2024-05-01 10:00:00,123 - train - INFO - step 5"
    >>> line[message_start(line)[0] :], message_start(line)[1]
    ('step 5', 1)
    """
    start, rank = 0, -1
    while (found := _PREFIX.match(line, start)) is not None and found.end() > start:
        start = found.end()
        rank = int(found["rank"]) if found["rank"] and rank < 0 else rank
    return len(line) - len(line[start:].lstrip()), rank


_SPLIT_WORDS = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("val", "valid", "validation", "validating", "validate", "dev"), "val"),
    **dict.fromkeys(("eval", "evaluation", "evaluating", "evaluate"), "val"),
    **dict.fromkeys(("test", "testing"), "test"),
}
_SPLIT = re.compile(rf"(?<![\w./-])(?:{'|'.join(_SPLIT_WORDS)})(?![\w./-])", re.IGNORECASE)

# How reference scripts of PyTorch and the estimators of TensorFlow mark an evaluation.
_EVALUATED = re.compile(r"\s*\*\s|.*Saving dict for global")


def split_word(words: str, *, within: bool = False) -> str:
    """``train``, ``val`` or ``test`` where the words are (or contain) a name of it, else empty."""
    if within:
        found = _SPLIT.findall(words) or (["test"] if _EVALUATED.match(words) else [])
        return _SPLIT_WORDS[found[-1].lower()] if found else ""
    return _SPLIT_WORDS.get(words.lower(), "")


_DELIMITER = re.compile(r"[^\w ./@#%&+*^'-]|(?<!\w)'|'(?!s\s)|(?:^|\s)[-*+]+\s|  +")
_OPENED = re.compile(
    r"""(?:["'\[]|\b(?:(?:np|jnp|numpy)\.)?(?:[tT]ensor|[aA]rray|float\d+)\(\[?)+$"""
)
_SAYS = re.compile(r"(?:\s(?:is|was)|[:=]|[-=]+>|→)$")
_UNIT = re.compile(r"\([^()]*\)$")
_ARTICLE = re.compile(r"^(?:the|a) ", re.IGNORECASE)
_LETTER = re.compile(r"[^\W\d_]")
_NO_END = _set(
    "of in at on to by from than with per for after before and or the a an is was took all "
    "out within between over under until ~ about plus minus x into as only"
)
_LONG = 80  # characters of a name
_QUALIFIERS = _set(
    "train training val valid validation test eval avg average mean total grad gradient learning "
    "lm d g gen disc generator discriminator running smoothed current final"
)


@dataclass(frozen=True)
class Key:
    """What stands before a number.

    Parameters
    ----------
    name
        Its last words, up to a delimiter; empty where there are none.
    aside
        What stands before those.
    explicit
        Whether a colon, an equals sign or a verb ties them to the number.
    opened
        ``[`` where a bracket stands between, else empty.
    unit
        What stands in brackets after the name: ``(ms)``, ``(val)``.
    """

    name: str
    aside: str = ""
    explicit: bool = False
    opened: str = ""
    unit: str = ""

    @classmethod
    def before(cls, gap: str) -> Key:
        """Key at the end of the text before a number.

        >>> Key.before(", Train Loss (mean): ")
        Key(name='Train Loss', aside=',', explicit=True, opened='', unit='(mean)')
        """
        text = gap.rstrip()
        opened = found[0] if (found := _OPENED.search(text)) is not None else ""
        text = text.removesuffix(opened).rstrip()
        explicit = False
        while (said := _SAYS.search(text)) is not None:
            text, explicit = text[: said.start()].rstrip(), True
        unit = found[0] if (found := _UNIT.search(text)) is not None else ""
        text = text.removesuffix(unit).rstrip(" \"'*.#-")
        cut = max((found.end() for found in _DELIMITER.finditer(text)), default=0)
        name = _ARTICLE.sub("", text[cut:].strip(" .#&%^-")) if _LETTER.search(text[cut:]) else ""
        return cls(name, text[:cut], explicit, "[" if "[" in opened else "", unit)

    def shortened(self) -> Key:
        """Last word or two of a sentence that ends with a number."""
        words = self.name.split()
        if self.explicit or len(words) <= 3:
            return self
        kept = 2 if words[-2].lower() in _QUALIFIERS else 1
        aside = f"{self.aside} {' '.join(words[:-kept])} "
        return replace(self, name=" ".join(words[-kept:]), aside=aside)

    @property
    def full(self) -> str:
        """Name with its unit, as in the log."""
        return f"{self.name} {self.unit}".strip()

    @property
    def names_a_metric(self) -> bool:
        """Whether it can be the name of a measured quantity, and not a piece of a sentence."""
        words = self.name.lower().split()
        if not words or len(words) > 6 or len(self.name) > _LONG or not _LETTER.search(words[-1]):
            return False
        if not self.explicit and (words[-1] in _NO_END or self.opened):
            return False
        return not self.name.endswith(".py") and "http" not in words[0]


_COUNTER = re.compile(
    r"(?:(?P<rest>.*?)[\s_/.-]+)?(?P<word>epoch|ep|steps?|iters?|iterations?|itr|it|batch|updates?)",
    re.IGNORECASE,
)
_FAMILY = {"epoch": "epoch", "ep": "epoch", "step": "step", "update": "step"}
_COMPOUND = _set("train training trainer global current cur opt optim num n mini model")
_NOT_COUNTED = _set(
    "per of each every nan skipped max total warmup time best last save log eval accumulation accum "
    "grad number tokens samples steps learning weight decay loss in"
)
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


def counter(key: Key) -> tuple[str, str] | None:
    """Kind of counter that a key names (``epoch``, ``step`` or ``iter``) and the words before it.

    >>> counter(Key("validation loss at iteration")), counter(Key("time per step", explicit=True))
    (('iter', 'validation loss at'), None)
    """
    found = _COUNTER.fullmatch(_CAMEL.sub("_", key.name[: _LONG + 1]))
    if found is None:
        return None
    rest = found["rest"] or ""
    words = re.split(r"[\s_/.-]+", rest.lower()) if rest else []
    compound = set(words) <= _COMPOUND
    sentence = " " in key.name and bool(words) and words[-1] not in _NOT_COUNTED
    if not (compound or (sentence and not re.search(r"[_/]", key.name))):
        return None
    word = found["word"].lower().removesuffix("s")
    return _FAMILY.get(word, "iter"), f"{rest} {key.unit}".strip()
