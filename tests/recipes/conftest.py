"""A place for recipes."""

import pytest
import recipe_place


@pytest.fixture
def place(tmp_path):
    return recipe_place.make(tmp_path)
