import itertools

from event_records import (
    START,
    curve,
    event,
    framed,
    offsets,
    points,
    simple,
    tensor,
    version,
)
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.compat.proto.types_pb2 import (
    DT_FLOAT,
)

from lossdoc.sources.tfevents import scan
from lossdoc.sources.tfevents_frames import is_framed


def flipped(data, at, bit):
    return data[:at] + bytes([data[at] ^ 1 << bit]) + data[at + 1 :]


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


_TWO_BEYOND_THE_END = (
    b'\x18\0\0\0\0\0\0\0\xa3\x7fK"\t\0\0\0@\xfcT\xd9A\x1a\rbrain.Event:2\xec\xed\x8f\x9d'
    b'\x18\0\0\0\0\0\0\0\xa3\x7fK"l_loss\x15\0\0\x80?4\x16\x81>\x16\0\0\0\0\0\0\0Oa\xbe('
)


@settings(max_examples=300, deadline=None)
@example(_TWO_BEYOND_THE_END)
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


def test_a_file_is_known_by_its_first_record():
    assert is_framed(curve(count=1))
    assert not is_framed(curve(count=1)[1:])
    assert not is_framed(framed([b"\x0a\x05example of a dataset"]))
    assert not is_framed(b"step,loss\n1,2\n")
    assert not is_framed(b"")
