from benchmarks.pairs import grid


def test_cases_are_distinct_and_of_their_size():
    found = grid.cases([30_000, 10_000], [1, 3], [1, 2])
    assert list(found) == [10_000, 30_000]
    for n, cases in found.items():
        assert len(set(cases)) == len(cases)
        assert {case.n for case in cases} == {n}


def test_memory_is_measured_at_the_largest_size():
    found = grid.cases([10_000, 30_000], [1, 3], [2])
    measured = [case for cases in found.values() for case in cases if case.measure == "memory"]
    assert {case.n for case in measured} == {30_000}
    assert {case.memory for case in measured if case.code == "halograd"} == {"keep", "recompute"}


def test_fewer_threads_measure_the_speed_up_only():
    (cases,) = grid.cases([10_000], [1, 3], [1, 2]).values()
    single = [case for case in cases if case.threads == 1]
    assert {(case.code, case.task) for case in single} == {
        ("halograd", "gradient"),
        ("Corrfunc", "value"),
    }


def test_one_thread_alone_measures_everything():
    (cases,) = grid.cases([10_000], [2], [1]).values()
    assert {case.code for case in cases} == {"halograd", "Corrfunc", "halotools", "shamnet"}
    assert {case.samples for case in cases if case.task == "gradient"} >= {2}
