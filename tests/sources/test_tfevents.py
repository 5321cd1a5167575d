import math
import struct

import numpy as np
import pytest
from event_records import START, curve, event, framed, shape, simple, tensor
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

from lossdoc.sources.tfevents import scan


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
