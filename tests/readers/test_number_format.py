"""Number formats: what Excel shows for a value."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.readers.number_format import BUILT_IN, Value, general, shown

DAY = 43905  # 2020-03-15, a Sunday
MOMENT = datetime.datetime(2018, 12, 20, 9, 5, 7)


@pytest.mark.parametrize(
    ("code", "value", "text"),
    [
        ("General", 0.1 + 0.2, "0.3"),
        ("General", 45.6, "45.6"),
        ("General", 12345678901.0, "12345678901"),
        ("General", 123456789012.0, "1.23457E+11"),
        ("General", 1 / 3, "0.333333333"),
        ("General", -1234567.123456, "-1234567.123"),
        ("General", 1e-9, "0.000000001"),
        ("General", 1.2345678e-7, "1.23457E-07"),
        ("General", -0.0, "0"),
        ('General"元"', 12.5, "12.5元"),
        ("G/通用格式", 12.5, "12.5"),
        ("0", 0.5, "1"),
        ("0", -2.5, "-3"),
        ("0.00_ ", 2.675, "2.68"),
        ("0.00", 1.005, "1.01"),
        ("0000", 12, "0012"),
        ("0000", 123456, "123456"),
        ("#", 0, ""),
        ("0.##", 5, "5."),
        ("0.0#", 5.125, "5.13"),
        (".00", 12.3, "12.30"),
        ("?.??", 1.5, "1.5"),
        ("#,##0", 1234567, "1,234,567"),
        ("#,##0.00", 1234567.5, "1,234,567.50"),
        ("#,##0", -999.5, "-1,000"),
        ("0,000", 12, "0,012"),
        ("#,##0,,", 1234567890, "1,235"),
        ('0\\.0,"万"', 123456, "12.3万"),
        ('0!.0,"万"', 123456, "12.3万"),
        ("000-0000", 1234567, "123-4567"),
        ("0%", 0.5, "50%"),
        ("0.0%", 0.856, "85.6%"),
        ("0.00%", -0.0512, "-5.12%"),
        ('0.00"元"', 12.5, "12.50元"),
        ('"第"0"期"', 3, "第3期"),
        ("0元", 7, "7元"),
        ("[$¥-804]#,##0.00", 12.3, "¥12.30"),
        ("[$-804]0.0", 12.3, "12.3"),
        ("#,##0.00;(#,##0.00)", -1234.5, "(1,234.50)"),
        ("0.00_);[Red](0.00)", -1.5, "(1.50)"),
        ('0;-0;"零"', 0, "零"),
        ("0;-0;;@", 0, ""),
        (";;;", 3, "3"),
        ("[红色]-0", 5, "-5"),
        ('[>=10000]0.0,"千";0', 12345, "12.3千"),
        ('[>=10000]0.0,"千";0', 99, "99"),
        ("[<0]-0;0", -5, "-5"),
        (BUILT_IN[43], 1234.5, "1,234.50"),
        (BUILT_IN[43], -1234.5, "-1,234.50"),
        (BUILT_IN[43], 0, "-"),
        (BUILT_IN[44], 12, "¥12.00"),
        ("0.00E+00", 12345, "1.23E+04"),
        ("0.00E+00", 9.9999e9, "1.00E+10"),
        ("0.0E+0", -0.00012, "-1.2E-4"),
        ("##0.0E+0", 12345, "12.3E+3"),
        ("# ?/?", 1.5, "1 1/2"),
        ("# ??/??", 0.333, "1/3"),
        ("# ?/8", 2.25, "2 2/8"),
        ("?/?", 1.5, "3/2"),
        ("@", "0012", "0012"),
        ("@", 12, "12"),
        ('@"元"', "五", "五元"),
        ("0.00", "甲", "甲"),
        ("0.00", True, "TRUE"),
        ('yyyy"年"m"月"d"日"', DAY, "2020年3月15日"),
        ("[$-804]yyyy年m月d日", DAY, "2020年3月15日"),
        ('[DBNum1][$-804]yyyy"年"m"月"d"日"', DAY, "二〇二〇年三月十五日"),
        ("yyyy/m/d;@", DAY, "2020/3/15"),
        ("yy-mm-dd", DAY, "20-03-15"),
        ("d-mmm-yy", DAY, "15-Mar-20"),
        ("[$-804]mmmm", DAY, "三月"),
        ("aaaa", DAY, "星期日"),
        ("[$-804]dddd", DAY, "星期日"),
        ("ddd", DAY, "Sun"),
        ("yyyy-mm-dd hh:mm:ss", MOMENT, "2018-12-20 09:05:07"),
        ("m/d/yy h:mm", DAY + 0.39583333, "3/15/20 9:30"),
        ("h:mm AM/PM", 0.75, "6:00 PM"),
        ('上午/下午h"时"mm"分"', 0.0, "上午12时00分"),
        ("[h]:mm:ss", 1.5, "36:00:00"),
        ("[h]:mm", datetime.timedelta(days=1.5), "36:00"),
        ("mm:ss.0", 0.0001, "00:08.6"),
        ("h:mm", datetime.time(9, 5), "9:05"),
        ("0.0", datetime.date(2020, 3, 15), "2020-03-15"),
        ("[DBNum1]0", 10523, "一万〇五百二十三"),
        ("[DBNum2]0", 1023, "壹仟零贰拾叁"),
        ("yyyy", -1, "-1"),
    ],
)
def test_what_is_shown(code: str, value: Value, text: str) -> None:
    assert shown(code, value) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [(9, "86%"), (10, "85.60%"), (2, "0.86"), (4, "0.86"), (20, "20:32"), (49, "0.856")],
)
def test_numbered_formats(number: int, text: str) -> None:
    assert shown(BUILT_IN[number], 0.856) == text


def test_days_counted_from_1904() -> None:
    assert shown("yyyy-m-d", DAY - 1462, from_1904=True) == "2020-3-15"


@given(st.text('0#?.,%;@yYmdhsE+-/[]<>="\\_*!元年 GeneralDBNum14$', max_size=20), st.floats())
def test_any_code_shows_something_or_nothing(code: str, value: float) -> None:
    assert len(shown(code, value)) < 1000


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_general_is_the_number_nearly(value: float) -> None:
    found = general(value)
    assert len(found.lstrip("-")) <= 12
    assert float(found) == pytest.approx(value, rel=1e-4)
