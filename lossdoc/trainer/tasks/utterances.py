"""The words of requests: which belong to an action, to a thing, or to everybody."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

ACTIONS = {
    "book": "book reserve order get buy secure arrange hold",
    "cancel": "cancel drop delete remove stop undo withdraw annul",
    "change": "change move shift edit update modify adjust swap",
    "find": "find search look locate discover list browse compare",
    "pay": "pay settle charge transfer refund reimburse deposit spend",
    "share": "share send forward post tell invite email notify",
}
THINGS = {
    "flight": "flight plane airport airline boarding gate luggage takeoff seat aisle layover pilot",
    "hotel": "hotel room suite lobby bed night resort motel pillow towel checkout balcony",
    "meal": "restaurant table dinner lunch menu chef pizza sushi dish waiter dessert kitchen",
    "ride": "taxi cab driver pickup car limousine kerb fare ride minivan mileage motorway",
    "concert": "concert band stage singer festival tour encore orchestra gig arena drummer opera",
    "doctor": "doctor dentist clinic appointment surgery nurse checkup vaccine therapy dose ward "
    "symptom",
    "parcel": "parcel package delivery courier box stamp address doorstep tracking warehouse "
    "postage label",
    "film": "film movie cinema actor trailer sequel premiere screen popcorn comedy thriller cast",
    "lesson": "lesson class teacher course school homework exam tutor lecture grade pupil syllabus",
    "gym": "gym workout trainer yoga pool treadmill weights stretch squat cardio locker sauna",
    "phone": "phone call contract signal roaming data tablet battery handset prepaid voicemail "
    "network",
    "power": "power electricity meter heating gas boiler solar bulb outage kilowatt tariff "
    "radiator",
}
COMMON = (
    "the a my for please can you i to and it is me in on of at with that this need want would like "
    "could do now today tomorrow soon if we have be will there some about so just really thanks "
    "hello help time when how what which by from an our us more one two next again"
)

_MIX = {"action": 0.2, "thing": 0.3, "common": 0.4, "any": 0.1}
"""Where a word of a request comes from: shares."""


def vocabulary() -> tuple[str, ...]:
    """Return all words, in the order of the inputs."""
    topics = (*ACTIONS.values(), *THINGS.values(), COMMON)
    return tuple(word for words in topics for word in words.split())


def intents(domain: Literal["general", "target"]) -> tuple[tuple[str, str], ...]:
    """Action and thing of every intent of a domain.

    The target domain has two actions on each of the first six things, and each action twice; the
    general domain has every other pair. No intent is in both, and every action and every thing of
    the target domain is known from the general one.
    """
    actions, things = list(ACTIONS), list(THINGS)
    target = {
        (actions[(i + shift) % len(actions)], things[i])
        for i in range(len(actions))
        for shift in (0, 3)
    }
    return tuple(
        (action, thing)
        for action in actions
        for thing in things
        if ((action, thing) in target) == (domain == "target")
    )


@lru_cache(maxsize=2)
def word_shares(domain: Literal["general", "target"]) -> NDArray[np.float64]:
    """Probability of each word in a request of each intent, float64[intents, words], all above 0."""
    words = vocabulary()
    place = {word: index for index, word in enumerate(words)}

    def spread(text: str) -> NDArray[np.float64]:
        """Zipf's law over the words of one topic: the first is the most frequent."""
        shares = np.zeros(len(words))
        for rank, word in enumerate(text.split(), start=1):
            shares[place[word]] = 1.0 / rank
        shares /= shares.sum()
        return shares

    everybody = _MIX["common"] * spread(COMMON) + _MIX["any"] / len(words)
    made = np.stack(
        [
            everybody
            + _MIX["action"] * spread(ACTIONS[action])
            + _MIX["thing"] * spread(THINGS[thing])
            for action, thing in intents(domain)
        ]
    )
    made.flags.writeable = False
    return made
