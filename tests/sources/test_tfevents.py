import itertools
import math
import random
import struct

import google_crc32c
import numpy as np
import pytest
from event_records import START, curve, event, framed, shape, simple, tensor, version
from hypothesis import given, settings
from hypothesis import strategies as st
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.compat.proto.types_pb2 import (
    DT_BFLOAT16,
    DT_DOUBLE,
    DT_FLOAT,
    DT_HALF,
    DT_INT32,
    DT_INT64,
    DT_STRING,
    DT_UINT8,
)

from lossdoc.sources import tfevents_crc
from lossdoc.sources.tfevents import scan
from lossdoc.sources.tfevents_frames import is_framed

RECORD = 12 + 4
"""Bytes of a record around its payload."""


def points(found):
    """Everything that was read, as (tag, step, wall time, value)."""
    return [
        (tag, *numbers)
        for tag, track in found.tracks.items()
        for numbers in zip(track.steps, track.walls, track.values, strict=True)
    ]


def offsets(data):
    """Where the records begin."""
    at, found = 0, []
    while at < len(data):
        found.append(at)
        at += RECORD + int.from_bytes(data[at : at + 8], "little")
    return found


def flipped(data, at, bit):
    return data[:at] + bytes([data[at] ^ 1 << bit]) + data[at + 1 :]


# What is read


def test_every_value_has_its_own_step_wall_time_and_record_number():
    track = scan(curve(count=300)).tracks["loss"]

    assert track.steps.tolist() == list(range(300))
    assert track.walls.tolist() == [START + i for i in range(300)]
    assert track.rows.tolist() == list(range(2, 302))
    np.testing.assert_array_equal(track.values, np.float32(1 / (1 + np.arange(300))))


@pytest.mark.parametrize("count", [1, 3, 4, 5, 2000, 20_000])
def test_no_size_of_file_is_special(count):
    assert len(scan(curve(count=count)).tracks["loss"].rows) == count


def test_many_tags_of_one_length_are_told_apart():
    tags = [f"layer_{i:03}/norm" for i in range(200)]
    events = [event(s, simple(tag, i + s)) for s in range(30) for i, tag in enumerate(tags)]

    found = scan(framed(events))

    assert list(found.tracks) == tags
    for i, tag in enumerate(tags):
        assert found.tracks[tag].values.tolist() == [i + s for s in range(30)]


def test_nan_and_infinity_are_values():
    logged = [math.nan, math.inf, -math.inf, 0.0, 1.0, math.nan]
    events = [event(i, simple("loss", value)) for i, value in enumerate(logged)]

    np.testing.assert_array_equal(scan(framed(events)).tracks["loss"].values, logged)


def test_steps_stay_as_logged():
    steps = [0, 5, 1, -3, 2**40, 127, 128, 2**62, -(2**63), 1, 1] * 5
    events = [event(step, simple("loss", 1.0), wall=START) for step in steps]

    assert scan(framed(events)).tracks["loss"].steps.tolist() == [float(s) for s in steps]


def test_one_event_may_hold_several_values():
    events = [event(i, simple("loss", i), simple("accuracy", -i)) for i in range(1, 50)]

    found = scan(framed(events))

    assert list(found.tracks) == ["loss", "accuracy"]
    assert found.tracks["loss"].rows.tolist() == found.tracks["accuracy"].rows.tolist()
    assert found.tracks["accuracy"].values.tolist() == [-i for i in range(1, 50)]


def test_of_two_values_of_a_tag_in_one_event_the_last_counts_and_the_other_is_reported():
    events = [event(i, simple("loss", i), simple("loss", i + 0.5)) for i in range(1, 50)]

    found = scan(framed(events))

    assert found.tracks["loss"].values.tolist() == [i + 0.5 for i in range(1, 50)]
    assert found.repeated == 49


@pytest.mark.parametrize(
    ("dtype", "code", "field"),
    [
        (DT_FLOAT, "<f", "float_val"),
        (DT_DOUBLE, "<d", "double_val"),
        (DT_INT32, "<i", "int_val"),
        (DT_INT64, "<q", "int64_val"),
        (DT_UINT8, "<B", "int_val"),
    ],
)
def test_tensor_scalars_of_both_encodings(dtype, code, field):
    numbers = [1 + i % 100 for i in range(40)]
    packed = [tensor("a", dtype=dtype, tensor_content=struct.pack(code, n)) for n in numbers]
    listed = [tensor("b", dtype=dtype, **{field: [n]}) for n in numbers]

    found = scan(
        framed([event(i, *pair) for i, pair in enumerate(zip(packed, listed, strict=True))])
    )

    assert found.tracks["a"].values.tolist() == numbers
    assert found.tracks["b"].values.tolist() == numbers


@pytest.mark.parametrize(("dtype", "bits"), [(DT_HALF, 0xC100), (DT_BFLOAT16, 0xC020)])
def test_half_floats(dtype, bits):
    packed = tensor("a", dtype=dtype, tensor_content=struct.pack("<H", bits))
    listed = tensor("b", dtype=dtype, half_val=[bits])

    found = scan(framed([event(i, packed, listed) for i in range(1, 9)]))

    assert set(found.tracks["a"].values) == {-2.5}
    assert set(found.tracks["b"].values) == {-2.5}


def test_a_zero_that_the_writer_left_out_is_zero():
    assert scan(framed([event(1, tensor("loss", dtype=DT_FLOAT))])).tracks["loss"].values == [0.0]


@pytest.mark.parametrize(
    "value",
    [
        tensor("x", plugin="text", dtype=DT_STRING, string_val=[b"hello"]),
        tensor("x", plugin="histograms", dtype=DT_DOUBLE, double_val=[1.0]),
        tensor("x", dtype=DT_FLOAT, tensor_content=bytes(8)),
        tensor("x", dtype=DT_FLOAT, float_val=[1.0], tensor_shape=shape(5)),
        Summary.Value(tag="x", image=Summary.Image(encoded_image_string=b"png")),
    ],
)
def test_what_is_no_scalar_is_counted_but_not_read(value):
    found = scan(framed([event(i, value, wall=START) for i in range(50)]))

    assert not found.tracks
    assert found.others.total() == 50


def test_images_between_scalars_of_one_event():
    image = Summary.Value(tag="x", image=Summary.Image(encoded_image_string=bytes(70_000)))
    events = [event(i, simple("loss", i), image) for i in range(9)]

    found = scan(framed(events))

    assert found.tracks["loss"].values.tolist() == list(range(9))
    assert found.others == {"images": 9}


@pytest.mark.parametrize("size", [10, 65_500, 65_536, 200_000])
def test_large_records_between_scalars(size):
    image = Summary.Value(tag="x", image=Summary.Image(encoded_image_string=bytes(size)))
    events = [event(i, simple("loss", i) if i % 700 else image) for i in range(3000)]

    found = scan(framed(events))

    assert found.tracks["loss"].values.tolist() == [i for i in range(3000) if i % 700]
    assert not found.damaged


# What is damaged


def test_one_flipped_bit_anywhere_loses_the_record_it_hits_and_no_other():
    data = curve(count=30)
    whole = points(scan(data))
    starts = offsets(data)
    for at in range(len(data)):
        hit = sum(start <= at for start in starts)

        found = scan(flipped(data, at, at % 8))

        assert [row for row, _ in found.damaged] == [hit]
        assert found.damaged[0][1] == starts[hit - 1]
        assert points(found) == whole[: max(hit - 2, 0)] + whole[hit - 1 :]


def test_one_flipped_bit_among_ten_thousand_records():
    data = curve(count=10_000)

    found = scan(flipped(data, len(data) // 2, 3))

    assert len(found.tracks["loss"].rows) == 9999
    assert len(found.damaged) == 1


def test_a_damaged_image_is_reported_too():
    image = Summary.Value(tag="x", image=Summary.Image(encoded_image_string=bytes(100_000)))
    data = framed([event(1, simple("loss", 1)), event(1, image), event(2, simple("loss", 2))])

    found = scan(flipped(data, 50_000, 0))

    assert found.tracks["loss"].values.tolist() == [1, 2]
    assert [row for row, _ in found.damaged] == [2]


def test_a_long_record_after_a_damage_is_found():
    image = Summary.Value(tag="x", image=Summary.Image(encoded_image_string=bytes(100_000)))
    data = framed([event(1, simple("loss", 1)), event(2, image, simple("loss", 2))])

    found = scan(flipped(data, 0, 0))

    assert found.tracks["loss"].values.tolist() == [2]
    assert [row for row, _ in found.damaged] == [1]


def test_a_record_that_is_cut_off_is_torn_and_not_lost():
    data = curve(count=5)
    last = offsets(data)[-1]
    for end in range(last + 1, len(data)):
        found = scan(data[:end])

        assert len(found.tracks["loss"].rows) == 4
        assert found.torn == end - last
        assert not found.damaged


def test_a_blank_end_was_never_written():
    data = curve(count=5)

    found = scan(data + bytes(200_000))

    assert (len(found.tracks["loss"].rows), found.torn, found.damaged) == (5, 200_000, [])


def test_a_record_that_lost_bytes_costs_only_itself():
    data = curve(count=30)
    middle = offsets(data)[15]

    found = scan(data[: middle + 20] + data[middle + 25 :])

    assert len(found.tracks["loss"].rows) == 29
    assert [row for row, _ in found.damaged] == [16]


def test_a_record_that_is_no_event_is_reported():
    data = framed([event(1, simple("loss", 1)), b"\xff\xff\xff", event(2, simple("loss", 2))])

    found = scan(data)

    assert found.tracks["loss"].values.tolist() == [1, 2]
    assert [row for row, _ in found.damaged] == [2]


_LOG = framed(
    [
        version(),
        *(
            event(i // 4, simple(tag, i), wall=START + i)
            for i, tag in enumerate(["loss", "val_loss", "lr", "accuracy"] * 40)
        ),
        *(event(i, tensor("t", dtype=DT_FLOAT, float_val=[i])) for i in range(20)),
    ]
)
_WHOLE = set(points(scan(_LOG)))


@st.composite
def mangled(draw):
    """A log after some accidents."""
    data = bytearray(_LOG)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(data) - 1))
        match draw(st.sampled_from(["flip", "cut", "insert", "drop", "blank"])):
            case "flip":
                data[at] ^= 1 << draw(st.integers(0, 7))
            case "cut":
                del data[max(at, 1) :]
            case "insert":
                data[at:at] = draw(st.binary(max_size=40))
            case "drop":
                del data[at : at + draw(st.integers(1, 200))]
                data += b"" if data else b"\0"
            case "blank":
                data[at : at + 50] = bytes(len(data[at : at + 50]))
    return bytes(data)


@settings(max_examples=300, deadline=None)
@given(mangled())
def test_whatever_happens_to_a_file_only_true_values_are_read_and_a_loss_is_reported(data):
    found = scan(data)

    read = points(found)
    assert len(set(read)) == len(read)
    assert set(read) <= _WHOLE
    # A file that was cut between two records does not show it.
    clean = _LOG.startswith(data) and len(data) in {*offsets(_LOG), len(_LOG)}
    dropped = _WHOLE - set(read)
    if dropped and not clean:
        assert found.damaged or found.torn or _is_chain(data)


def _is_chain(data):
    """Whether the records that are left stand together as if nothing had been between them."""
    pieces = [_LOG[a:b] for a, b in itertools.pairwise([*offsets(_LOG), len(_LOG)])]
    while data:
        match = next((piece for piece in pieces if data.startswith(piece)), None)
        if match is None:
            return False
        data = data[len(match) :]
    return True


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400))
def test_random_bytes_hold_nothing_and_crash_nothing(data):
    assert not scan(data).tracks


@settings(max_examples=300, deadline=None)
@given(st.lists(st.binary(max_size=60), max_size=6))
def test_records_of_random_bytes_crash_nothing(payloads):
    assert scan(framed(payloads)).records == len(payloads)


# Checksums and framing


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


def test_a_file_is_known_by_its_first_record():
    assert is_framed(curve(count=1))
    assert not is_framed(curve(count=1)[1:])
    assert not is_framed(framed([b"\x0a\x05example of a dataset"]))
    assert not is_framed(b"step,loss\n1,2\n")
    assert not is_framed(b"")
