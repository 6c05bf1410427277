"""Skeletons with slots: what offices would want to fill in, and what must always hold."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.families.template import SLOT, make_template, tokenize

#: Members, and their skeleton.
EXAMPLES: list[tuple[list[str], str]] = [
    # figures are slots, their units are not
    (
        ["完成规上工业产值12.5亿元，同比增长8%。", "完成规上工业产值13.1亿元，同比增长9.2%。"],
        "完成规上工业产值【】亿元，同比增长【】%。",
    ),
    # so are figures that a member leaves out, or masks
    (["税收8066.04万元，投入5亿元。", "税收万元，投入xx亿元。"], "税收【】万元，投入【】亿元。"),
    # the year behind a figure is a word of its own
    (["20xx年园区全体同志开展工作。", "2019年本园区全体同志开展工作。"], "【】年【】园区全体同志开展工作。"),
    # other white space, width and signs are no difference
    (
        ["一是招商引资，二是项目建设。\n谢谢大家。", "一是招商引资,二是项目建设 谢谢大家"],
        "一是招商引资，二是项目建设。\n谢谢大家。",
    ),
    (["增长5%；新增企业。", "增长8%，新增企业。", "增长9%；新增企业。"], "增长【】%；新增企业。"),
    # a sign at the end of two values stands behind the slot
    (["收入突破10亿元；固定资产投资。", "收入增长20%以上，固定资产投资。"], "收入【】；固定资产投资。"),
    # little between two slots of words is chance
    (
        ["坚持以高质量的项目建设为抓手，推动发展。", "坚持大规模的招商引资，推动发展。"],
        "坚持【】，推动发展。",
    ),
    # words that only one has
    (
        ["金属冶炼、危险物品使用单位。", "金属冶炼、粉尘涉爆和危险物品使用单位。"],
        "金属冶炼、【】危险物品使用单位。",
    ),
    # an added line that changes a number
    (
        ["（三）巡查。\n（四）宣传安全知识。", "（三）巡查。\n（四）处置预警信息。\n（五）宣传安全知识。"],
        "（三）巡查。\n【】（【】）宣传安全知识。",
    ),
    # minus signs belong to figures, dashes do not
    (["1-3月税收增长-5.2%。", "1-4月税收增长3.1%。"], "1-【】月税收增长【】%。"),
    # a 【】 of the text's own is no slot
    (["共【】个，投资5亿元。", "共【】个，投资6亿元。"], "共【 】个，投资【】亿元。"),
]


@pytest.mark.parametrize(("members", "skeleton"), EXAMPLES)
def test_the_skeleton_is_what_one_would_fill_in(members: list[str], skeleton: str) -> None:
    template = make_template(members)
    assert template.skeleton == skeleton
    assert [template.member(n) for n in range(len(members))] == members


def test_slots_hold_what_each_member_has() -> None:
    template = make_template(
        ["签约项目12个，到位资金34亿元。", "签约项目9个，到位资金5.5亿元。", "签约项目个，到位资金亿元。"]
    )
    assert [slot.values for slot in template.slots] == [("12", "9", ""), ("34", "5.5", "")]
    assert all(slot.is_figure for slot in template.slots)


def test_paragraphs_need_not_be_divided_alike() -> None:
    lines = [
        f"{word}，取得明显成效。"
        for word in ["一是招商", "二是项目", "三是环保", "四是党建", "五是安全", "六是服务", "七是征迁"]
    ]
    template = make_template(["\n".join(lines), " ".join(lines), "".join(lines[:5] + lines[7:])])
    assert template.skeleton.count(SLOT) == 1
    assert template.skeleton.startswith("\n".join(lines[:5]))


def test_long_reports_with_paragraphs_of_their_own_keep_what_they_share() -> None:
    shared = [
        f"围绕{word}，健全工作机制，压实各级责任，完成投资{n}亿元。"
        for n, word in enumerate("农林水电路气讯房", 1)
    ]
    own = ["".join(chr(0x4E00 + (n * 37 + i * 101) % 5000) for i in range(400)) for n in range(2)]
    one = "\n".join([*shared[:4], own[0], *shared[4:]])
    other = "\n".join([*shared[:4], own[1], *shared[4:]]).replace("亿元", "万元")
    skeleton = make_template([one, other]).skeleton
    assert skeleton.count("，健全工作机制，压实各级责任，完成投资") == len(shared)


def test_texts_that_repeat_themselves_take_no_time() -> None:
    members = ["完成产值12亿元，" * 750, "完成税收9亿元，" * 700, "完成产值1亿元" * 800]
    template = make_template(members)
    assert [template.member(n) for n in range(3)] == members


WORDS = [
    "招商引资",
    "项目",
    "的",
    "，",
    "。",
    "；",
    "\n",
    " ",
    "12.5",
    "3",
    "xx",
    "亿元",
    "%",
    "（一",
    "【】",
    "a",
    "Ａ",
    "A",
]
TEXTS = st.lists(st.sampled_from(WORDS), max_size=25).map("".join) | st.text(max_size=20)


@given(TEXTS)
def test_tokens_joined_are_the_text(text: str) -> None:
    assert "".join(tokenize(text)) == text


#: Numbered lines: where one is added the numbers of the next ones change.
LINES = st.lists(
    st.builds(
        "{}{}".format,
        st.sampled_from(["", "（四）", "（五）", "12.", "1、", "第三条"]),
        st.sampled_from(["防火工作", "安全生产", "宣传工作有序开展", "宣传工作有序开展。", ""]),
    ),
    max_size=4,
).map("\n".join)


@given(st.lists(TEXTS | LINES, min_size=1, max_size=5))
def test_a_template_gives_its_members_back(members: list[str]) -> None:
    template = make_template(members)
    assert [template.member(n) for n in range(len(members))] == members
    assert template.skeleton.count(SLOT) == len(template.slots)
    assert all(len(set(slot.values)) > 1 for slot in template.slots)


@given(TEXTS)
def test_one_member_has_no_slots(text: str) -> None:
    assert make_template([text]).slots == ()
    assert make_template([text, text]).skeleton == text.replace(SLOT, "【 】")


@given(st.lists(TEXTS, min_size=2, max_size=4))
def test_the_order_of_the_members_does_not_matter(members: list[str]) -> None:
    assert make_template(members[::-1]).skeleton == make_template(members).skeleton
