import pytest

from oracles.toy_universe import TRUTH, toy_observables


@pytest.fixture(scope="session")
def observables():
    return toy_observables()


@pytest.fixture(scope="session")
def truth():
    return dict(TRUTH)
