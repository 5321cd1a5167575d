"""Order of the data and dropout masks: functions of the seed and the place, and of nothing else."""

import dataclasses
import itertools

import numpy as np
import pytest
import torch
from scipy import stats

from lossdoc.trainer.batches import Batches
from lossdoc.trainer.config import Curriculum, TrainConfig
from lossdoc.trainer.streams import epoch_order, masks, uniform
from lossdoc.trainer.tasks import Digits, Mixture, Spirals, Teacher

torch.set_num_threads(1)

N = 200
TASK = Mixture(n_train=N, n_val=10)
DATA = TASK.make(0)
CPU = torch.device("cpu")


def order(epoch: int = 0, step: int = 0, execution: int = 0, data=DATA, **settings) -> list[int]:
    config = TrainConfig(task=TASK, **settings)
    return epoch_order(config, data, epoch, step, execution).tolist()


def draw(seeds=(0,), step: int = 0, layer: int = 0, shape=(1000,)) -> np.ndarray:
    return uniform(torch.tensor(seeds), torch.tensor(step), layer, shape).numpy()


class TestShuffled:
    def test_an_epoch_visits_every_sample_once(self):
        assert sorted(order()) == list(range(N))

    def test_the_same_seed_gives_the_same_order(self):
        assert order(epoch=3, seed=7) == order(epoch=3, seed=7)

    def test_epochs_seeds_and_executions_differ(self):
        orders = [order(), order(epoch=1), order(seed=1), order(execution=1)]

        for one, other in itertools.combinations(orders, 2):
            assert one != other

    def test_nothing_but_the_seed_of_a_config_matters(self):
        assert order(lr=1.0, batch_size=8, optimizer="adam", data_seed=5) == order()

    def test_the_first_sample_is_equally_often_any_of_them(self):
        firsts = [order(epoch=e, seed=s)[0] for e in range(50) for s in range(40)]

        assert stats.chisquare(np.bincount(firsts, minlength=N)).pvalue > 1e-3


class TestFixedAndSorted:
    def test_a_fixed_order_is_a_shuffled_one_that_stays(self):
        first = order(order="fixed")

        assert sorted(first) == list(range(N))
        assert first != list(range(N))
        assert order(epoch=5, order="fixed") == first

    def test_a_fixed_order_depends_on_the_seed(self):
        assert order(order="fixed", seed=1) != order(order="fixed")

    def test_sorted_by_class_and_otherwise_as_the_data_come(self):
        places = order(order="sorted")

        assert places == sorted(range(N), key=lambda i: DATA.y[i])
        assert order(epoch=4, seed=9, order="sorted") == places

    def test_a_regression_is_sorted_by_its_target(self):
        data = Teacher(n_train=50).make(0)

        assert np.all(np.diff(data.y[order(data=data, order="sorted"), 0]) >= 0)

    @pytest.mark.parametrize("kind", ["fixed", "sorted"])
    def test_a_restart_changes_no_order_that_is_not_shuffled(self, kind):
        assert order(execution=1, order=kind) == order(order=kind)


class TestCurriculum:
    EASY_FIRST = Curriculum(until=20, share=0.25)

    def easy(self) -> set[int]:
        return set(np.argsort(DATA.difficulty, kind="stable")[: N // 4].tolist())

    def test_only_the_easiest_share_is_drawn_at_first(self):
        places = order(curriculum=self.EASY_FIRST)

        assert len(places) == N
        assert set(places) == self.easy()
        assert DATA.difficulty[places].max() <= np.quantile(DATA.difficulty, 0.26)

    def test_every_easy_sample_is_drawn_equally_often(self):
        assert set(np.bincount(order(curriculum=self.EASY_FIRST))) == {0, 4}

    def test_an_epoch_that_begins_before_the_end_stays_easy(self):
        assert set(order(epoch=3, step=19, curriculum=self.EASY_FIRST)) == self.easy()
        assert set(order(epoch=4, step=20, curriculum=self.EASY_FIRST)) == set(range(N))

    def test_after_it_the_order_is_that_of_a_run_without(self):
        assert order(epoch=4, step=20, curriculum=self.EASY_FIRST) == order(epoch=4)

    def test_at_least_one_sample_is_drawn(self):
        places = order(curriculum=Curriculum(until=20, share=0.0))

        assert set(places) == {int(DATA.difficulty.argmin())}

    def test_a_task_without_difficulties_has_none(self):
        data = Spirals(n_train=N).make(0)

        assert order(data=data, curriculum=self.EASY_FIRST) == order(data=data)


class TestBatches:
    """The same through the batches that the engine takes."""

    def batches(self, *seeds: int, **settings) -> Batches:
        config = TrainConfig(task=TASK, batch_size=32, **settings)
        configs = [config.replace(seed=seed) for seed in seeds]
        return Batches(configs, [TASK.make(seed) for seed in seeds], CPU, torch.float32)

    @pytest.mark.parametrize("step", [0, 5, 6, 40])
    def test_a_run_gets_the_same_batches_whatever_its_neighbours(self, step):
        alone = self.batches(7).take(step)
        among = self.batches(3, 7, 8).take(step)

        assert torch.equal(alone.x[0], among.x[1])
        assert torch.equal(alone.y[0], among.y[1])
        assert not torch.equal(among.x[0], among.x[1])

    def test_a_batch_can_be_taken_without_those_before(self):
        one_by_one = self.batches(7)
        for step in range(12):
            batch = one_by_one.take(step)

        assert torch.equal(self.batches(7).take(11).x, batch.x)

    def test_an_epoch_leaves_out_the_last_samples_that_fill_no_batch(self):
        batches = self.batches(7)
        first = torch.cat([batches.take(step).x[0] for step in range(6)])

        assert batches.per_epoch == N // 32 == 6
        assert len(torch.unique(first, dim=0)) == 6 * 32

    def test_a_restarted_job_shuffles_anew(self):
        batches = self.batches(7)

        assert not torch.equal(batches.take(10, execution=1).x, batches.take(10).x)

    def test_fixed_batches_come_again_in_every_epoch(self):
        batches = self.batches(7, order="fixed")

        assert torch.equal(batches.take(2).x, batches.take(6 + 2).x)

    def test_sorted_batches_hold_few_classes(self):
        y = self.batches(7, order="sorted").take(0).y

        assert len(torch.unique(y)) <= 3

    def test_a_curriculum_begins_with_easy_images(self):
        task = Digits(n_train=320)
        data = dataclasses.replace(task.make(0), x=np.arange(320, dtype=np.float32)[:, None])
        config = TrainConfig(task=task, batch_size=32, curriculum=Curriculum(until=10))
        batches = Batches([config], [data], CPU, torch.float32)
        hardest = [
            data.difficulty[batches.take(step).x.flatten().long()].max() for step in (0, 9, 10)
        ]

        middle = np.median(data.difficulty)
        assert max(hardest[:2]) <= middle < hardest[2]


def splitmix64(state: int) -> int:
    """Next output of SplitMix64 as its authors give it, on whole numbers without bound."""
    whole = (1 << 64) - 1
    z = (state + 0x9E3779B97F4A7C15) & whole
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & whole
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & whole
    return z ^ (z >> 31)


class TestUniform:
    def test_the_reference_is_splitmix64(self):
        assert splitmix64(0) == 0xE220A8397B1DCDAF

    @pytest.mark.parametrize(("seed", "step", "layer"), [(0, 0, 0), (1, 0, 2), (12345, 599, 1)])
    def test_numbers_are_outputs_of_splitmix64(self, seed, step, layer):
        golden = 0x9E3779B97F4A7C15
        start = splitmix64(splitmix64(seed + golden * layer) + golden * (step - 1))
        expected = [(splitmix64(start + golden * i) >> 40) * 2.0**-24 for i in range(5)]

        assert draw([seed], step, layer, (5,))[0].tolist() == expected

    def test_uniform_on_zero_to_one(self):
        numbers = draw([3], shape=(100_000,))[0]

        assert stats.kstest(numbers, "uniform").pvalue > 1e-3
        assert numbers.min() >= 0.0
        assert numbers.max() < 1.0

    def test_first_numbers_of_seeds_steps_and_layers_are_uniform(self):
        """Streams that begin alike would be missed by looking at one stream alone."""
        firsts = {
            "seeds": draw(list(range(20_000)), shape=(1,)).ravel(),
            "steps": np.array([draw(step=step, shape=(1,)) for step in range(2000)]).ravel(),
            "layers": np.array([draw(layer=layer, shape=(1,)) for layer in range(2000)]).ravel(),
        }

        for name, numbers in firsts.items():
            assert stats.kstest(numbers, "uniform").pvalue > 1e-3, name

    @pytest.mark.parametrize("other", [{"seeds": (1,)}, {"step": 1}, {"layer": 1}])
    def test_neighbouring_streams_are_independent(self, other):
        one, two = draw(shape=(20_000,))[0], draw(**other, shape=(20_000,))[0]

        assert not np.array_equal(one, two)
        assert stats.pearsonr(one, two).pvalue > 1e-3
        assert len(np.intersect1d(one[:500], two[:500])) < 3

    def test_numbers_that_follow_one_another_are_independent(self):
        numbers = draw(shape=(100_000,))[0]

        assert stats.pearsonr(numbers[:-1], numbers[1:]).pvalue > 1e-3

    def test_deterministic_and_independent_of_neighbours(self):
        among = draw([5, 9, 5], step=4, layer=2, shape=(7, 3))

        assert np.array_equal(among, draw([5, 9, 5], step=4, layer=2, shape=(7, 3)))
        assert np.array_equal(among[1:2], draw([9], step=4, layer=2, shape=(7, 3)))
        assert np.array_equal(among[0], among[2])

    def test_shape_and_type(self):
        numbers = draw([1, 2], shape=(4, 3))

        assert numbers.shape == (2, 4, 3)
        assert numbers.dtype == np.float32


class TestMasks:
    SHAPES = ((64, 50), (64, 50))

    def masks(self, step: int = 0, p: float = 0.3, seeds=(0, 1)) -> list[torch.Tensor]:
        return masks(torch.tensor(seeds), torch.tensor(step), self.SHAPES, p)

    def test_units_are_zero_or_scaled_up(self):
        for mask in self.masks(p=0.3):
            assert mask.shape == (2, 64, 50)
            assert mask.unique().tolist() == pytest.approx([0.0, 1 / 0.7])

    @pytest.mark.parametrize("p", [0.1, 0.5, 0.9])
    def test_the_share_of_zeros_is_p(self, p):
        zeros = int(sum((mask == 0).sum() for mask in self.masks(p=p)))

        assert stats.binomtest(zeros, 4 * 64 * 50, p).pvalue > 1e-3

    def test_without_dropout_nothing_is_zero(self):
        assert all((mask == 1.0).all() for mask in self.masks(p=0.0))

    def test_runs_steps_and_layers_have_masks_of_their_own(self):
        first, second = self.masks()
        later = self.masks(step=1)[0]

        assert not torch.equal(first[0], first[1])
        assert not torch.equal(first, second)
        assert not torch.equal(first, later)
        assert torch.equal(first, self.masks()[0])
