"""A few invented reports, and an index of them: what the tests of suggestions ask."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from indexer.build import update
from indexer.engines.base import Reader
from indexer.engines.scan import ScanEngine
from indexer.library import Library
from indexer.model import FileEntry, IndexMeta, Report, Section
from indexer.settings import Settings

#: Seconds; a file that is read sooner after it was written is looked at again by the next update.
SETTLING = 0.05

#: The name of a file -> what stands in it.
REPORTS: dict[str, str] = {
    "2020.txt": """云岭经开区2020年工作总结

一、招商引资
全年招商引资到位资金12.5亿元，招商引资工作成效明显。沈飞集团配套项目落户园区。

二、项目建设
海聚环保项目建设进展顺利，重点项目建设扎实推进。重庆路改造完工。

三、大气污染防治
大气污染防治攻坚有力，空气质量持续改善。
""",
    "2021.txt": """云岭经开区2021年工作总结

一、招商引资
招商引资新签项目18个，产业链招商引资势头良好，GDP增长8.1%。

二、项目建设
项目建设提速，海聚环保二期开工，沈飞集团追加投资。

三、安全生产
安全生产形势稳定，无死亡和重伤事故。

四、营商环境（试点）
优化营商环境，落实惠企政策，企业满意度上升。
""",
    "2022.txt": """柳塘镇2022年工作总结

一、招商引资
招商引资稳中有进，照明企业两家落地。GDP增长7.4%。

二、安全生产
安全生产责任落实，排查隐患36处。

三、乡村振兴
柳塘镇乡村振兴示范片建成，农民收入增长。

四、大气污染防治
大气污染防治任务完成，扬尘管控到位。
""",
    "2023.txt": """柳塘镇2023年工作总结

一、招商引资
招商引资签约资金9亿元，银行授信3亿元。

二、项目建设
项目建设完成投资6亿元，GDP增长6.9%。

三、安全生产
安全生产检查120次，整改隐患88处。

四、“一网通办”改革
政务服务事项全部进驻，优化营商环境。
""",
    "2024.txt": """云岭经开区2024年工作计划

一、招商引资
抓好招商引资，瞄准产业链上下游，引进企业20家。

二、项目建设
推进项目建设，盘活闲置土地，保障用地。

三、安全生产
压实安全生产责任，开展隐患排查。
""",
}


@contextmanager
def opened(folder: Path, files: Mapping[str, str] = REPORTS) -> Iterator[Library]:
    """An index of ``files`` below ``folder``, with a folder for the office's words, ``settings``."""
    reports, settings = folder / "报告", folder / "settings"
    reports.mkdir()
    settings.mkdir()
    for name, text in files.items():
        (reports / name).write_text(text, "utf-8")
    time.sleep(SETTLING)
    update(folder / "index", [reports], Settings())
    library = Library(folder / "index", settings)
    try:
        yield library
    finally:
        library.close()


def scanned(*reports: Report) -> Reader:
    """An index of reports in memory: for rules that need reports of a certain kind or number."""
    directory, engine = Path("nowhere"), ScanEngine()
    writer = engine.writer(directory)
    writer.put(FileEntry("报告/甲.txt", "", None), reports)
    writer.commit(IndexMeta())
    return engine.reader(directory)


def report_of(*sections: tuple[str | None, str], ordinal: int = 1, title: str = "简报") -> Report:
    """A report from its headings and paragraphs, one each a section."""
    return Report(
        ordinal, title, tuple(Section(heading, 1, (), (text,) if text else ()) for heading, text in sections)
    )
