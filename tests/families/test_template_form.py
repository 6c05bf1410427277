"""Template form and its offsets, against the contract's definition written plainly."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from indexer.analysis.normalise import normalise, normalise_with_offsets
from indexer.analysis.template_form import template_form, template_form_with_offsets

from .plain import plain_template_form

GOLDEN = [
    # original, form, why
    ("", "", "nothing"),
    ("，。 \n“”", "", "signs alone"),
    ("增长12.5%", "增长0", "a decimal"),
    ("1,234,567.8元", "0元", "thousands"),
    ("１２．５％", "0", "full width"),
    ("5kg", "0kg", "the contract's examples"),
    ("SH15", "sh0", "the contract's examples"),
    ("4S店xS店max", "0s店xs店max", "the contract's examples"),
    ("x.x%和XX万", "0和0万", "x for a figure"),
    ("xx年xx月，××日，□□时", "0年0月0日0时", "masks"),
    ("exxon xaxx", "exxonxaxx", "x within words"),
    ("x5x", "0", "x and figures, one run"),
    ("ax5", "ax0", "x touched on one side"),
    ("5.", "0", "a full stop behind"),
    (".5,", "0", "a point before, a comma behind"),
    ("5..5 5,,5", "0000", "two points divide"),
    ("5，5", "0", "a full-width comma is a comma"),
    ("5、5", "00", "another sign divides"),
    ("5 5", "00", "white space divides"),
    ("第5 个", "第0个", "white space at Chinese"),
    ("5 \u4e07 5", "0万0", "white space goes, the figures stay two"),
    ("招\u200b商資", "招商资", "format characters, Traditional"),
    ("½㎡①", "00m0", "figures that normalising makes"),
    ("〇二〇", "〇二〇", "Chinese figures stay"),
    ("a\udcff5\ud8005", "a00", "a lone surrogate divides"),
    ("_5*_", "0", "marks that keyboards have"),
    ("e\u0301x", "é0", "é is not among the Latin letters that count"),
]

ODD = "招商資业萬xxXＸxaZ5５05.．,，、。%％×*_□○〇 \u3000\n\u200b\u0301½①é\udcff\ud800"
odd_texts = st.text(st.sampled_from(ODD), max_size=14)
any_texts = st.text(st.characters(), max_size=12)
texts = st.one_of(odd_texts, odd_texts, any_texts)


@pytest.mark.parametrize(
    ("original", "form", "why"), GOLDEN, ids=[f"{n} {g[2]}" for n, g in enumerate(GOLDEN)]
)
def test_golden(original: str, form: str, why: str) -> None:
    assert plain_template_form(original) == form, "the definition itself"
    assert template_form(original) == form


@given(texts)
@example("x" * 20 + "a")
@settings(max_examples=1500)
def test_is_what_the_contract_says(text: str) -> None:
    assert template_form(text) == plain_template_form(text)


@given(texts, texts, texts)
@example("5", "5", ".5")
@example("a", "x", "b")
@example("ΑΣ", "Σ", "")
@settings(max_examples=800)
def test_the_form_of_joined_paragraphs_is_that_of_each_joined(one: str, two: str, three: str) -> None:
    joined = template_form(one) + template_form(two) + template_form(three)
    assert template_form("\n".join([one, two, three])) == joined


@given(texts)
@settings(max_examples=800)
def test_offsets(text: str) -> None:
    """The same text; each character stands where it came from, a figure for all of its run."""
    form = template_form_with_offsets(text)
    assert form.text == template_form(text)
    assert len(form.starts) == len(form.ends) == len(form.text)
    normal = normalise_with_offsets(text)
    groups = dict(zip(normal.starts, normal.ends, strict=True))
    for char, start, end in zip(form.text, form.starts, form.ends, strict=True):
        assert 0 <= start < end <= len(text)
        if char != "0":
            assert groups[start] == end
            assert char in normalise(text[start:end])
    assert list(form.starts) == sorted(form.starts)
    assert list(form.ends) == sorted(form.ends)


def test_places_of_figures() -> None:
    form = template_form_with_offsets("共 １,2x.5 万，资產")
    assert (form.text, form.starts, form.ends) == ("共0万资产", (0, 2, 9, 11, 12), (1, 8, 10, 12, 13))
    assert form.original(1, 3) == (2, 10)
