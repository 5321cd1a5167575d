import random

import google_crc32c
import numpy as np

from lossdoc.sources import tfevents_crc


def test_contributions_are_those_of_the_checksum():
    rng = random.Random(0)
    messages = np.frombuffer(rng.randbytes(50 * 30), dtype=np.uint8).reshape(50, 30)
    free = np.array([1, 2, 3, 17, 29])
    bare = messages.copy()
    bare[:, free] = 0

    added = tfevents_crc.contributions(messages.T[free], 29 - free)

    wanted = [google_crc32c.value(row.tobytes()) for row in messages]
    constant = np.array([tfevents_crc.plain(row.tobytes()) for row in bare], dtype=np.uint32)
    assert (constant ^ added).tolist() == wanted


def test_masked_checksums_come_back():
    crcs = [0, 1, 0xFFFFFFFF, 0x12345678]

    stored = np.array([tfevents_crc.masked(crc) for crc in crcs], dtype=np.uint32)

    assert tfevents_crc.unmask(stored).tolist() == crcs
