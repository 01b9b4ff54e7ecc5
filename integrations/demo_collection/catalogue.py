"""Everything in the collection, by path, in the order in which it is made: the shortest waits come first."""

from integrations.demo_collection.instruments import (
    drums,
    effects,
    loops,
    mallets,
    metals,
    nature,
    pads,
    percussion,
    strings,
    voices,
)
from integrations.demo_collection.recipe import Recipe

EDITION = 1
"""Raised when any sound changes: each edition is rendered into a folder of its own."""

RECIPES: dict[str, Recipe] = {
    recipe.path: recipe
    for family in (drums, metals, percussion, strings, mallets, voices, effects, loops, nature, pads)
    for recipe in family.recipes()
}
