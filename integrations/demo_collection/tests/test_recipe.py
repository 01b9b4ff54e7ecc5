import numpy as np

from integrations.demo_collection.recipe import Recipe
from integrations.demo_collection.signals import PEAK


def hiss(rng: np.random.Generator) -> np.ndarray:
    return rng.uniform(-0.1, 0.1, 2000)


def test_random_numbers_depend_on_the_path_alone() -> None:
    assert np.array_equal(Recipe("a.wav", hiss).render(), Recipe("a.wav", hiss).render())
    assert not np.array_equal(Recipe("a.wav", hiss).render(), Recipe("b.wav", hiss).render())


def test_only_what_does_not_loop_is_faded() -> None:
    once, looped = Recipe("a.wav", hiss).render(), Recipe("a.wav", hiss, loops=True).render()
    assert once[0] == 0 and looped[0] != 0
    assert np.abs(once).max() == np.abs(looped).max() == PEAK
