"""The covariance of several statistics: blocks, one file, its order, cuts and realisations."""

import h5py
import numpy as np
import pytest

from halograd import ConfigError

N_TABLE = "10.0 10.2 2e-2 2e-3\n10.2 10.4 1e-2 1e-3\n"
WP_TABLE = "0.1 100 10 200 20\n1.0 50 5 80 8\n10.0 10 2 20 4\n"
N = """
[data.n]
file = "n.txt"
low = 0
high = 1
value = 2
error = 3
unit = "(Mpc/h)^-3 dex^-1"
log_mstar_shift = 0.0
reference = "A & B 2020"
imf = "Chabrier"
"""
WP = """
[data.wp]
file = "wp.txt"
separation = 0
separation_unit = "Mpc/h"
unit = "Mpc"
h = 0.5
samples = [[10.0, inf], [10.2, inf]]
values = [1, 3]
errors = [2, 4]
log_mstar_shift = 0.0
pi_max = 40.0
range = [0.5, 20.0]
"""
SCALE = np.array([0.2, 0.2, *[0.5] * 6])  # dex of a bin; h of a length
ERRORS = np.array([2e-3, 1e-3, 10, 5, 2, 20, 8, 4])  # in the units of the files
KEPT = [0, 1, 3, 4, 6, 7]


@pytest.fixture
def covariance():
    root = np.random.default_rng(0).normal(size=(8, 30))
    correlation = np.corrcoef(root)
    return correlation * np.outer(ERRORS, ERRORS)


@pytest.fixture
def joint(parse, table, tmp_path):
    table(N_TABLE, "n.txt")
    table(WP_TABLE, "wp.txt")

    def parsed(matrix, more="", tables=N + WP):
        np.save(tmp_path / "all.npy", matrix)
        return parse(data=f'covariance = "all.npy"\n{more}\n{tables}').data.measured()

    return parsed


def test_one_file_for_all_numbers(joint, covariance):
    expected = (covariance * np.outer(SCALE, SCALE))[np.ix_(KEPT, KEPT)]
    data = joint(covariance)
    np.testing.assert_allclose(data.covariance, expected, rtol=1e-12)
    assert data.covariance[0, 3] != 0
    np.testing.assert_allclose(data.values[:3], [4e-3, 2e-3, 25.0])


def test_errors_may_be_left_out(joint, covariance):
    tables = (N + WP).replace("error = 3\n", "").replace("errors = [2, 4]\n", "")
    data = joint(covariance, tables=tables)
    np.testing.assert_allclose(data.errors, (ERRORS * SCALE)[KEPT])


def test_floor_keeps_correlations(joint, covariance):
    data = joint(covariance, tables=N + "fractional_error_floor = 0.15\n" + WP)
    plain = joint(covariance)
    np.testing.assert_allclose(data.errors[:2], np.array([4e-3, 2e-3]) * 0.15)
    np.testing.assert_allclose(data.errors[2:], plain.errors[2:])
    correlation = [d.covariance / np.outer(d.errors, d.errors) for d in (data, plain)]
    np.testing.assert_allclose(*correlation, rtol=1e-9)


def test_without_it_statistics_are_independent(joint, parse):
    data = parse(data=N + WP).data.measured()
    np.testing.assert_allclose(data.covariance, np.diag((ERRORS * SCALE)[KEPT] ** 2), rtol=1e-12)


def test_wrong_order_is_refused(joint, covariance):
    order = [2, 3, 4, 5, 6, 7, 0, 1]
    with pytest.raises(ConfigError, match=r"order must be n, wp, ΔΣ.*another order would fit"):
        joint(covariance[np.ix_(order, order)])
    bin_by_bin = [0, 1, 2, 5, 3, 6, 4, 7]
    with pytest.raises(ConfigError, match=r"number 3 of 8 .*another order would fit"):
        joint(covariance[np.ix_(bin_by_bin, bin_by_bin)])


def test_wrong_unit_size_and_content_are_refused(joint, covariance, parse):
    with pytest.raises(ConfigError, match="check its order and its unit"):
        joint(covariance * 4)
    with pytest.raises(ConfigError, match=r"\(8, 8\).*n \(2 numbers\), then wp \(6.*got \(6, 6\)"):
        joint(covariance[:6, :6])
    with pytest.raises(ConfigError, match="values that are not finite"):
        joint(np.where(np.eye(8) > 0, covariance, np.nan))
    with pytest.raises(ConfigError, match="variances of a covariance must be positive, got -"):
        joint(-covariance)
    with pytest.raises(ConfigError, match=r"covariance is given here and in \[data\]"):
        joint(covariance, tables=N + WP.replace("errors = [2, 4]", 'covariance = "all.npy"'))
    with pytest.raises(ConfigError, match="covariance goes with measurements"):
        parse(data='covariance = "x"\nn = {samples = [[10, 11]]}')


def test_singular_covariance_names_its_eigenvalue(joint):
    with pytest.raises(ConfigError, match="smallest eigenvalue of its correlation matrix is"):
        joint(np.outer(ERRORS, ERRORS))


def test_realisations_are_carried(joint, covariance):
    data = joint(covariance, "n_realisation = 30")
    assert data.n_realisation == 30
    ratio = np.sum(data.whitener**2) / np.sum(joint(covariance).whitener ** 2)
    assert ratio == pytest.approx((30 - 6 - 2) / 29)
    with pytest.raises(ConfigError, match="at least n_data \\+ 5 = 11"):
        joint(covariance, "n_realisation = 10")


def test_realisations_belong_to_one_covariance(parse, table):
    table(N_TABLE, "n.txt")
    with pytest.raises(ConfigError, match="behind one covariance of all numbers"):
        parse(data="n_realisation = 30\n" + N)


def test_hdf5_matrix(joint, parse, covariance, tmp_path):
    with h5py.File(tmp_path / "all.hdf5", "w") as file:
        file["mocks/covariance"] = covariance
    source = 'covariance = {file = "all.hdf5", dataset = "mocks/covariance"}\n'
    data = parse(data=source + N + WP).data.measured()
    np.testing.assert_allclose(data.covariance, joint(covariance).covariance)
    with pytest.raises(ConfigError, match="no matrix of numbers at 'mocks'"):
        parse(data=source.replace("mocks/covariance", "mocks") + N + WP)
    with pytest.raises(ConfigError, match=r"is HDF5: give covariance = \{file"):
        parse(data='covariance = "all.hdf5"\n' + N + WP)


def test_notes_are_carried_and_saved(joint, covariance, tmp_path):
    data = joint(covariance, 'reference = "C 2021"')
    expected = {"reference": "C 2021", "n: reference": "A & B 2020", "n: imf": "Chabrier"}
    assert data.notes == {**expected, "wp: h": "0.5"}
    data.save(tmp_path / "data.hdf5")
    assert type(data).load(tmp_path / "data.hdf5").notes == data.notes


def test_a_block_that_is_not_of_its_errors(parse, table, tmp_path):
    table(N_TABLE, "n.txt")
    np.savetxt(tmp_path / "c.txt", np.diag([1e-3, 2e-3]) ** 2)
    with pytest.raises(ConfigError, match=r"\[data\.n\] the covariance does not belong.*another"):
        parse(data=N + 'covariance = "c.txt"\n')
    np.savetxt(tmp_path / "c.txt", np.diag([2e-3, 1.04e-3]) ** 2)
    data = parse(data=N + 'covariance = "c.txt"\n').data.measured()
    np.testing.assert_allclose(data.errors, [4e-4, 2.08e-4])
