import math

import pandas as pd
import pytest

from innervate.report import text


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0, "0"), (1.23e-8, "1.2e\u22128"), (4e-12, "4.0e\u221212"), (0.0123, "0.012"),
     (0.25, "0.25"), (1, "1.00"), (float("nan"), "\u2013")],
)  # fmt: skip
def test_p_values_read_well(value, expected):
    assert text.p_value(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [(-0.001, "0.00"), (-1.005, "\u22121.00"), (math.inf, "∞"), (None, "\u2013")],
)
def test_numbers_have_a_true_minus_and_no_negative_zero(value, expected):
    assert text.number(value) == expected


def test_plain_is_one_line_of_valid_text():
    assert text.plain("a\nb\x00c\ud800d") == "a b c d"
    assert text.plain("abcdef", 4) == "abc…"
    assert text.plain(pd.NA) == "\u2013"


def test_tally_counts_each_value_once():
    assert text.tally(pd.Series(["b", "a", "b", "c"])) == "2 b, 1 a, 1 c"


def test_lists_read_as_in_a_sentence():
    assert text.listed([]) == ""
    assert text.listed(["a"]) == "a"
    assert text.listed(["a", "b", "c"]) == "a, b and c"
