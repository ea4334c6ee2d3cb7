"""The sentence about an unknown parameter ends before the list of known ones begins."""

import pytest

from halograd import models
from halograd.errors import HalogradError

SPACE = models.ParameterSpace([models.Parameter("alpha", -1.0, -2.0, 0.0)])


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("xyz", "unknown parameter 'xyz'. The model has alpha"),
        ("alhpa", "unknown parameter 'alhpa'; did you mean 'alpha'? The model has alpha"),
    ],
)
def test_message_is_whole_sentences(name, message):
    with pytest.raises(HalogradError) as caught:
        SPACE.complete({name: 1.0})
    assert str(caught.value) == message
