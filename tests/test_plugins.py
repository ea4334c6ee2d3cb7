"""Registries: what is built in, registered by a program, or found in installed packages."""

import sys

import pytest

from halograd.errors import HalogradError
from halograd.plugins import Registry

GROUP = "halograd.test_shapes"
BUILT_IN = {"fraction": "fractions:Fraction", "decimal": "decimal:Decimal"}


def registry(**settings):
    return Registry("shape", GROUP, BUILT_IN, **settings)


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Lays out a package as an installer does: its module, metadata and entry points."""

    def place(distribution, points, module="", version="1.2"):
        module_name = distribution.replace("-", "_")
        (tmp_path / f"{module_name}.py").write_text(module)
        folder = tmp_path / f"{module_name}-{version}.dist-info"
        folder.mkdir()
        metadata = f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n"
        (folder / "METADATA").write_text(metadata)
        lines = [f"{name} = {value}" for name, value in points.items()]
        (folder / "entry_points.txt").write_text("\n".join([f"[{GROUP}]", *lines, ""]))
        monkeypatch.syspath_prepend(tmp_path)
        monkeypatch.delitem(sys.modules, module_name, raising=False)

    return place


def described(shapes):
    return {line.name: line for line in shapes.describe()}


def test_built_in_things_are_imported_on_first_use():
    shapes = Registry("shape", GROUP, {"late": "wave:Wave_read", "wrong": "wave:Missing"})
    sys.modules.pop("wave", None)
    assert shapes.names == ("late", "wrong")
    assert "late" in shapes
    assert "wave" not in sys.modules
    thing = shapes["late"]
    assert thing is sys.modules["wave"].Wave_read
    assert shapes["late"] is thing
    with pytest.raises(AttributeError, match="Missing"):  # a fault of halograd shows as it is
        shapes["wrong"]


def test_unknown_names_suggest_the_nearest():
    with pytest.raises(HalogradError, match="no shape 'Fractoin'; did you mean 'fraction'"):
        registry()["Fractoin"]
    with pytest.raises(HalogradError, match="choose one of fraction, decimal"):
        registry()["zzz"]
    with pytest.raises(HalogradError, match="no shape 3"):
        registry()[3]
    with pytest.raises(HalogradError, match="no shape \\['a'\\]"):
        registry()[["a"]]


def test_registering():
    shapes = registry()
    shapes.register("mine", int)
    shapes.register("mine", int)  # the same thing again, as when a notebook cell runs twice
    assert shapes["mine"] is int
    assert list(shapes) == ["fraction", "decimal", "mine"]
    assert len(shapes) == 3
    assert described(shapes)["mine"].distribution == "this program"
    with pytest.raises(HalogradError, match="a shape 'mine' already, of this program"):
        shapes.register("mine", float)
    with pytest.raises(HalogradError, match="a shape 'decimal' already, of halograd"):
        shapes.register("decimal", float)
    for name in ("", None, 3):
        with pytest.raises(HalogradError, match="must be text"):
            shapes.register(name, float)


def test_what_is_not_of_the_kind_is_refused(install):
    def check(thing):
        if not isinstance(thing, type):
            raise HalogradError(f"a shape must be a class, got {thing!r}")

    install("number-shapes", {"seven": "number_shapes:SEVEN"}, "SEVEN = 7")
    shapes = registry(check=check)
    with pytest.raises(HalogradError, match="must be a class, got 3"):
        shapes.register("three", 3)
    assert "three" not in shapes
    with pytest.raises(HalogradError, match=r"'seven' of number-shapes 1\.2 cannot.*class, got 7"):
        shapes["seven"]


def test_things_of_installed_packages(install):
    module = 'class Disc:\n    """A flat, round thing.\n\n    More of it.\n    """\n'
    install("round-shapes", {"disc": "round_shapes:Disc"}, module)
    shapes = registry()
    assert shapes.names == ("fraction", "decimal", "disc")
    assert "round_shapes" not in sys.modules
    assert shapes["disc"].__name__ == "Disc"
    line = described(shapes)["disc"]
    assert line == ("disc", "round-shapes 1.2", "A flat, round thing.", None)
    own = described(shapes)["fraction"]
    assert (own.distribution, own.error) == ("halograd", None)
    assert own.doc.startswith("This class implements rational numbers")


def test_a_broken_package_is_listed_and_breaks_nothing_else(install):
    install("good-shapes", {"good": "good_shapes:Good"}, "class Good: 'Works.'")
    broken = {"typo": "good_shapes:Goood", "gone": "no_such_module_anywhere:Thing"}
    install("more-shapes", {**broken, "raises": "more_shapes:Thing"}, "raise OSError('no disc')")
    shapes = registry()
    assert shapes.names == ("fraction", "decimal", "gone", "good", "raises", "typo")
    lines = described(shapes)
    assert lines["good"].error is None
    assert "OSError: no disc" in lines["raises"].error
    assert "No module named 'no_such_module_anywhere'" in lines["gone"].error
    assert "has no attribute 'Goood'" in lines["typo"].error
    assert shapes["good"].__doc__ == "Works."
    for _ in range(2):  # asked again, it answers the same
        with pytest.raises(HalogradError, match=r"'raises' of more-shapes 1\.2 cannot be used"):
            shapes["raises"]


def test_no_package_takes_the_place_of_another_thing(install):
    install("first-shapes", {"same": "first_shapes:A"}, "class A: pass")
    install("second-shapes", {"same": "second_shapes:B"}, "class B: pass")
    install("third-shapes", {"decimal": "third_shapes:C"}, "class C: pass")
    shapes = registry()
    assert shapes["decimal"].__name__ == "Decimal"
    with pytest.raises(HalogradError, match=r"first-shapes 1\.2.*both claim the name") as caught:
        shapes["same"]
    assert "second-shapes 1.2" in str(caught.value)
    (line,) = [line for line in shapes.describe() if line.distribution == "third-shapes 1.2"]
    assert line.error == "the name 'decimal' belongs to a shape of halograd"
