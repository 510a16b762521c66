"""Stand-ins for records: what the steps look at, no more."""

from types import SimpleNamespace

import pytest


@pytest.fixture
def images():
    """By data set, the number of faces of each of its images."""

    def make(**faces):
        return [
            SimpleNamespace(source=source, faces=[None] * number)
            for source, numbers in faces.items()
            for number in numbers
        ]

    return make
