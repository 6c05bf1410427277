"""The ids of reports: the same whatever the order of things."""

from __future__ import annotations

from pathlib import Path

from indexer.library import Library
from indexer.model import report_id
from tests.build.office import Office


def test_ids_do_not_depend_on_the_order_of_things(tmp_path: Path) -> None:
    names = [f"报告/{n}.txt" for n in ("甲", "乙", "丙", "丁")]
    ids = []
    for n, order in enumerate((names, names[::-1])):
        office = Office(tmp_path / str(n))
        for name in order:
            office.write(name, f"{name}的内容。")
            office.run("报告")  # one by one, so that they lie in the index in this order
        ids.append(list(office.ids().items()))
    assert ids[0] == ids[1]
    assert dict(ids[0]) == {name: report_id(name, 1) for name in names}


def test_ids_outlive_updates_and_rebuilds(two: Office) -> None:
    (two.root / "报告/汇编.txt").write_text("汇编\n篇一：甲\n内容一。\n篇二：乙\n内容二。\n", "utf-8")
    two.run()

    def all_ids() -> list[tuple[str, int, str]]:
        return [(f.file, f.report.ordinal, f.report_id) for f in Library(two.index).reports()]

    before = all_ids()
    assert [(file, ordinal) for file, ordinal, _ in before] == [
        ("报告/乙.txt", 1),
        ("报告/汇编.txt", 1),
        ("报告/汇编.txt", 2),
        ("报告/甲.txt", 1),
    ]
    two.write("报告/甲.txt", "改过的内容。")
    two.write("报告/子.txt", "新的内容。")
    two.run()
    assert [i for i in all_ids() if i[0] != "报告/子.txt"] == before
    two.run(rebuild=True)
    assert [i for i in all_ids() if i[0] != "报告/子.txt"] == before
