from halograd.report.page import summary_blocks


def test_values_are_sorted_into_tables_and_text():
    summary = {
        "seed": 1,
        "seconds": 1.23456789,
        "none": None,
        "flag": True,
        "edges": [0.1, 1, 10],
        "empty": {},
        "versions": {"jax": "1.0", "deep": {"a": 1}},
        "config": "a\nb",
        "rows": [{"x": 1}, {"x": 2, "y": None}],
    }
    blocks = {block.title: block for block in summary_blocks(summary)}
    assert dict(blocks["Run"].rows) == {
        "seed": "1",
        "seconds": "1.23457",
        "none": "–",
        "flag": "yes",
        "edges": "0.1, 1, 10",
        "empty": "{}",
    }
    assert blocks["versions"].rows == (("jax", "1.0"),)
    assert blocks["versions · deep"].rows == (("a", "1"),)
    assert blocks["config"].text == "a\nb"
    assert blocks["rows"].header == ("x", "y")
    assert blocks["rows"].rows == (("1", "–"), ("2", "–"))


def test_long_values_are_cut():
    (block,) = summary_blocks({"matrix": [[1.5] * 300, [2.5]]})
    assert len(block.rows[0][1]) == 240
    assert block.rows[0][1].endswith("…")


def test_nothing_gives_nothing():
    assert list(summary_blocks({})) == []
