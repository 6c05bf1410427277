"""``python -m benchmarks.similar [--index DIR]``: does "similar" find where a draft came from, and how fast?

Everything is made from the reports of the index itself, the same way every time:

* the first 300 characters of each report, with title and headings and without;
* edited paragraphs: every tenth character changed, clauses in another order, figures masked, and all three;
* 200 characters copied into 3,000 of another report, and of text that is from nowhere.
"""

from __future__ import annotations

import argparse
import random
import re
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from indexer.analysis.normalise import normalise
from indexer.analysis.template_form import template_form
from indexer.library import Library
from indexer.model import FiledReport
from indexer.similar import SimilarHit, similar, similar_to_text, text_of

SAMPLES = 200
_OTHER = "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动"
_NEUTRAL = (
    "清晨的河面上浮着薄雾，渡船慢慢靠向石阶。",
    "老人把竹篮放在膝头，数着刚摘下的枇杷。",
    "孩子们追着一只黄狗跑过晒谷场，笑声落在草垛后面。",
    "茶馆里的说书人拍了拍桌子，讲到将军夜渡寒江。",
    "窗台上的茉莉开了第三回，香气被雨水压得很低。",
    "她写信给远方的妹妹，说院里的石榴又裂了口。",
    "月亮升起来的时候，渔火在湖心排成一条斜线。",
    "木匠削下的刨花卷成小圈，堆在门槛旁边像雪。",
)


def lines(filed: FiledReport) -> str:
    """A report as it is pasted: its title, its headings and its paragraphs, each a line."""
    found = [filed.report.title]
    for section in filed.report.sections:
        found += [*([section.heading] if section.heading else []), *section.paragraphs]
    return "\n".join(found)


def edited(text: str, rnd: random.Random) -> dict[str, str]:
    """Edited copies of a text, by what was done."""

    def changed(text: str) -> str:
        return "".join(rnd.choice(_OTHER) if i % 10 == 9 else char for i, char in enumerate(text))

    def reordered(text: str) -> str:
        clauses = re.findall(r"[^，。；、：]+[，。；、：]?", text)
        rnd.shuffle(clauses)
        return "".join(clauses)

    def masked(text: str) -> str:
        return re.sub(r"[0-9０-９]+(?:[.．][0-9０-９]+)?", "xx", text)

    return {
        "changed": changed(text),
        "reordered": reordered(text),
        "masked": masked(text),
        "all three": changed(reordered(masked(text))),
    }


def sampled(library: Library, count: int) -> list[FiledReport]:
    """So many reports, or all if there are no more."""
    reports = list(library.reports())
    return reports if len(reports) <= count else random.Random(count).sample(reports, count)


def chapters(library: Library, form: Callable[[FiledReport], str], count: int) -> list[str]:
    """The reports whose first 300 characters find another one first, unless both begin the same."""
    wrong = []
    for filed in sampled(library, count):
        draft = form(filed)[:300]
        if not template_form(text_of(filed, None)):
            continue
        first = similar_to_text(library, draft)[0].filed
        twin = normalise(draft) in normalise(form(first))
        if first.report_id != filed.report_id and not twin:
            wrong.append(f"{filed.file}#{filed.report.ordinal}: first is {first.file}#{first.report.ordinal}")
        elif first.report_id != filed.report_id:
            print(
                f"  twin: {filed.file}#{filed.report.ordinal}, first is {first.file}#{first.report.ordinal}"
            )
    return wrong


def edited_paragraphs(library: Library, count: int) -> dict[str, list[str]]:
    """The edited paragraphs that do not find where they stand first, by what was done to them.

    Where the figures were masked, a place that differs in figures alone will do: nothing tells the two apart.
    """
    held = {  # sections, and reports with no section, by their text
        (filed.report_id, position): (text, template_form(text))
        for filed in library.reports()
        for position in (None, *range(len(filed.report.sections)))
        for text in [text_of(filed, position)]
    }
    long = sorted({p for text, _ in held.values() for p in text.split("\n") if len(p) >= 40})
    rnd = random.Random(20_250_101)
    wrong: dict[str, list[str]] = {}
    for paragraph in rnd.sample(long, min(count, len(long))):
        form = template_form(paragraph)
        for how, draft in edited(paragraph, rnd).items():
            hits = similar_to_text(library, draft, 1)
            text, own = held.get((hits[0].filed.report_id, hits[0].section), ("", "")) if hits else ("", "")
            found = form in own if how in ("masked", "all three") else paragraph in text
            missed = wrong.setdefault(how, [])
            if not found:
                missed.append(f"{paragraph[:30]}…: {_told(hits)}")
    return wrong


def _told(hits: Sequence[SimilarHit]) -> str:
    return ", ".join(
        f"{h.filed.file}#{h.filed.report.ordinal}-{h.section} {h.score} {h.overlap}" for h in hits
    )


def copied_passages(library: Library, count: int) -> dict[str, list[str]]:
    """Passages of 200 characters, copied into 3,000 of other text, that are not found."""
    reports = [filed for filed in library.reports() if len(text_of(filed, None)) >= 400]
    rnd = random.Random(20_250_102)
    wrong: dict[str, list[str]] = {"another report": [], "from nowhere": []}
    for _ in range(count):
        origin, other = rnd.sample(reports, 2)
        text = text_of(origin, None)
        at = rnd.randrange(len(text) - 200)
        passage = text[at : at + 200]
        bodies = {
            "another report": (text_of(other, None) * (1 + 3000 // len(text_of(other, None))))[:3000],
            "from nowhere": "".join(rnd.choice(_NEUTRAL) for _ in range(200))[:3000],
        }
        for where, body in bodies.items():
            place = rnd.randrange(len(body))
            hits = similar_to_text(library, f"{body[:place]}\n{passage}\n{body[place:]}")
            hits = hits[:1] if where == "from nowhere" else hits
            # A twin of the origin will do: what counts is that the passage is found.
            if not any(_shares(hit, passage, place + 1) for hit in hits):
                wrong[where].append(
                    f"{origin.file}#{origin.report.ordinal} at {at} in {other.file}: {_told(hits)}"
                )
    return wrong


def _shares(hit: SimilarHit, passage: str, place: int) -> bool:
    for shared in hit.shared:
        (start, end), (begin, stop) = shared.source, shared.target
        held = template_form(hit.text[begin:stop]) == template_form(shared.text)
        if held and start <= place + 3 and end >= place + len(passage) - 3:
            return True
    return False


def copies(library: Library, count: int) -> list[str]:
    """Of each report that has copies: which, and the overlap of what comes next."""
    told = []
    for filed in sampled(library, count):
        hits = similar(library, filed.report_id)
        if hits and max(hit.overlap for hit in hits) >= 0.6:
            near = sorted(
                ((h.overlap, f"{h.filed.file}#{h.filed.report.ordinal}") for h in hits), reverse=True
            )
            told.append(f"{filed.file}#{filed.report.ordinal}: " + ", ".join(f"{n} {o}" for o, n in near[:4]))
    return told


def milliseconds(library: Library, rounds: int = 10) -> list[str]:
    """How long drafts take, and reports of the index."""
    reports = list(library.reports())
    everything = "\n".join(text_of(filed, None) for filed in reports)
    told = []
    for size in (300, 3_000, 30_000, 500_000):
        rnd = random.Random(size)
        times = []
        for _ in range(rounds if size < 100_000 else 1):
            at = rnd.randrange(max(1, len(everything) - size))
            draft = (everything * (1 + size // len(everything)))[at : at + size]
            times.append(_timed(lambda draft=draft: similar_to_text(library, draft)))  # type: ignore[misc]
        told.append(
            f"draft of {size:7,}: median {statistics.median(times):7.0f} ms, worst {max(times):7.0f} ms"
        )
    rnd = random.Random(0)
    ids = [rnd.choice(reports).report_id for _ in range(rounds)]
    times = [_timed(lambda to=to: similar(library, to)) for to in ids]  # type: ignore[misc]
    told.append(f"report:           median {statistics.median(times):7.0f} ms, worst {max(times):7.0f} ms")
    return told


def _timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) * 1000


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--index", type=Path, default=Path("index"))
    arguments.add_argument("--samples", type=int, default=SAMPLES, help="of each kind (default: 200)")
    arguments.add_argument("--speed", action="store_true", help="only how fast")
    options = arguments.parse_args()
    library = Library(options.index)
    print(f"first question: {_timed(lambda: library.shingles()):.0f} ms more")
    for line in milliseconds(library):
        print(line)
    if options.speed:
        return
    found = {
        "title, headings and text": chapters(library, lines, options.samples),
        "text": chapters(library, lambda filed: text_of(filed, None), options.samples),
        **{f"paragraphs, {how}": wrong for how, wrong in edited_paragraphs(library, options.samples).items()},
        **{f"passages in {into}": wrong for into, wrong in copied_passages(library, options.samples).items()},
    }
    for what, wrong in found.items():
        print(f"{what}: {len(wrong)} wrong")
        for line in wrong[:8]:
            print(f"  {line}")
    print("copies:")
    for line in copies(library, options.samples):
        print(f"  {line}")


if __name__ == "__main__":
    main()
