"""An update that is recorded once and launched again is the update.

No GPU is needed to know that: `Tape` notes what PyTorch launches on a CPU and launches it again on the
same memory, without Python, as a CUDA graph does.
"""

from contextlib import nullcontext

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from lossdoc.trainer import graph
from lossdoc.trainer.batch import prepared
from lossdoc.trainer.graph import Recorded
from tests.trainer.test_trainer_device import BASE, CONFIGS

torch.set_num_threads(1)


class Tape(TorchDispatchMode):
    """Stands in for a CUDA graph."""

    def __init__(self):
        super().__init__()
        self.calls = []
        self.launches = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        output = func(*args, **(kwargs or {}))
        self.calls.append((func, args, kwargs or {}, output))
        return output

    @torch.no_grad()
    def launch(self):
        self.launches += 1
        for func, args, kwargs, output in self.calls:
            again = func(*args, **kwargs)
            for memory, values in zip(tree_leaves(output), tree_leaves(again), strict=True):
                # Views, and tensors changed in place, are where they were.
                if isinstance(memory, torch.Tensor) and memory.data_ptr() != values.data_ptr():
                    memory.copy_(values)


class Stream:
    """A CPU does one thing after the other."""

    def wait_stream(self, other):
        pass


class Graph:
    """What `torch.cuda.CUDAGraph` is to a GPU."""

    def __init__(self):
        self.tape = Tape()

    def replay(self):
        self.tape.launch()


@pytest.fixture
def tapes(monkeypatch):
    """Let tapes stand in for CUDA graphs; those that were recorded."""
    recorded = []

    def record(graph, stream):
        recorded.append(graph.tape)
        return graph.tape

    monkeypatch.setattr(torch.cuda, "device", lambda device: nullcontext())
    monkeypatch.setattr(torch.cuda, "Stream", Stream)
    monkeypatch.setattr(torch.cuda, "current_stream", Stream)
    monkeypatch.setattr(torch.cuda, "stream", lambda stream: nullcontext())
    monkeypatch.setattr(torch.cuda, "CUDAGraph", Graph)
    monkeypatch.setattr(torch.cuda, "graph", record)
    return recorded


def trained(config, *, launched=False):
    """Measures of all updates of two runs, and the state that they end in."""
    training = prepared([config, config.replace(seed=1, lr=0.03)], torch.device("cpu"))
    if launched:
        training._learn = Recorded(training._update, training.state)
    (record,) = training.train()
    return torch.from_numpy(record.values), training.state


@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)
def test_launched_updates_are_the_updates_bit_for_bit(config, tapes):
    measured, state = trained(config, launched=True)

    expected, ends = trained(config)
    assert torch.equal(measured.nan_to_num(-1.0), expected.nan_to_num(-1.0))
    assert all(torch.equal(state[name], values) for name, values in ends.items())
    # The first update was recorded, the second was made both ways; those with faults are not replayed.
    faulty = 2 if config.faults else 0
    assert [tape.launches for tape in tapes] == [len(measured) - 1 - faulty]


@pytest.mark.usefixtures("tapes")
def test_a_run_that_becomes_nan_is_replayed_as_well():
    config = BASE.replace(lr=1e6, steps=12)

    measured, _ = trained(config, launched=True)

    expected, _ = trained(config)
    assert expected.isnan().any()
    assert torch.equal(measured.nan_to_num(-1.0), expected.nan_to_num(-1.0))


@pytest.mark.usefixtures("tapes")
class TestWhatCannotBeRecorded:
    """The function is then called as ever, and a warning says why."""

    def test_a_step_that_python_counts_is_found_in_the_check(self):
        state = {"sum": torch.zeros(2)}
        steps = iter(range(100))

        def add(values):
            # With a tape the number becomes part of what was recorded.
            return state["sum"].add_(values * float(next(steps)))

        recorded = Recorded(add, state)
        recorded(torch.ones(2))
        with pytest.warns(RuntimeWarning, match="it gave other numbers"):
            recorded(torch.ones(2))

        recorded(torch.ones(2))
        # Steps 1 to 4 were spent on recording.
        assert state["sum"].tolist() == [0.0 + 5.0 + 6.0] * 2

    def test_a_state_that_moves_in_memory(self):
        state = {"sum": torch.zeros(2)}

        def replace(values):
            state["sum"] = state["sum"] + values
            return state["sum"]

        recorded = Recorded(replace, state)
        with pytest.warns(RuntimeWarning, match="its state moves in memory"):
            recorded(torch.ones(2))

        recorded(torch.ones(2))
        assert state["sum"].tolist() == [2.0, 2.0]

    def test_an_error_while_recording(self, monkeypatch):
        def refuse(graph, stream):
            raise RuntimeError("operation not permitted when stream is capturing")

        monkeypatch.setattr(torch.cuda, "graph", refuse)
        with pytest.warns(RuntimeWarning, match="not permitted when stream is capturing"):
            measured, _ = trained(BASE, launched=True)

        expected, _ = trained(BASE)
        assert torch.equal(measured.nan_to_num(-1.0), expected.nan_to_num(-1.0))


class TestClose:
    @pytest.mark.parametrize(
        ("found", "expected", "close"),
        [
            ([1.0, 2.0], [1.0, 2.0], True),
            ([1.0, 2.0001], [1.0, 2.0], True),
            ([1.0, 2.1], [1.0, 2.0], False),
            ([torch.nan, torch.inf], [torch.nan, torch.inf], True),
            ([torch.nan, 1.0], [0.0, 1.0], False),
            ([1.0, 1.0], [torch.inf, 1.0], False),
            ([torch.inf, 1.0], [-torch.inf, 1.0], False),
            ([0.0, 0.0], [0.0, 0.0], True),
            ([True, False], [True, True], False),
        ],
    )
    def test_but_for_rounding(self, found, expected, close):
        assert graph._close(torch.tensor(found), torch.tensor(expected)) is close


class Carried(TorchDispatchMode):
    """Names of the operations that take values from the host's memory."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        tensors = [x for x in tree_leaves((args, kwargs)) if isinstance(x, torch.Tensor)]
        if any(tensor.device.type == "cpu" for tensor in tensors):
            self.seen.append(func.name())
        return func(*args, **(kwargs or {}))


@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)
def test_no_update_copies_from_the_host(config):
    """A graph cannot hold that."""
    training = prepared([config, config.replace(seed=1)], torch.device("meta"))
    learn, carried = training._learn, Carried()

    def watched(*inputs):
        with carried:
            return learn(*inputs)

    training._learn = watched
    for i in range(len(training.places)):
        training._advance(i)

    assert carried.seen == []


class TestWhereItPays:
    def test_on_a_gpu_in_a_job_of_some_length(self):
        assert graph.pays(torch.device("cuda"), 1000)
        assert not graph.pays(torch.device("cuda"), 10)
        assert not graph.pays(torch.device("cpu"), 1000)

    def test_a_cpu_calls_the_function(self):
        training = prepared([BASE.replace(steps=200, batch_size=None)], torch.device("cpu"))

        next(training.train(block=1))

        assert not isinstance(training._learn, Recorded)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
class TestCuda:
    def test_a_true_graph_gives_what_single_kernels_give(self):
        for name, config in CONFIGS.items():
            configs = [config.replace(steps=120, seed=seed) for seed in range(3)]

            training = prepared(configs, torch.device("cuda"))
            (launched,) = training.train()

            (single,) = prepared(configs, torch.device("cuda"), graphs=False).train()
            assert training._learn.launched, name
            # Sums in another order part two runs little by little.
            first = launched.values[:20]
            assert first == pytest.approx(single.values[:20], rel=1e-2, nan_ok=True), name
