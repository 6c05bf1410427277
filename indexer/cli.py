"""The gaoku command: arguments in, text or JSON out, no logic."""

from __future__ import annotations

import errno
import io
import json
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec, TextIO, TypeVar

import click
from click.core import ParameterSource

from indexer import __version__, as_json, backups, build, exporting, ocr
from indexer.atomic import replacing
from indexer.audit import Audit
from indexer.engines.base import SORTS
from indexer.errors import GaokuError, UnreadableError, UsageError
from indexer.exporting import citing
from indexer.families.forms import LEVELS
from indexer.file_types import FILE_TYPES
from indexer.filling import as_markdown, check_target, save
from indexer.lexicon import LexiconFiles
from indexer.library import Library
from indexer.model import PARTS, FiledReport, split_section_id
from indexer.passages import excerpts
from indexer.progress import JsonProgress, Progress
from indexer.readers import read
from indexer.readers.text import decode
from indexer.repeated import find_family, list_families
from indexer.search import Answer, Question, make_question
from indexer.search import search as run_search
from indexer.settings import Settings
from indexer.similar import SimilarHit, similar_to_text
from indexer.similar import similar as find_similar
from indexer.uploads import Inbox, folder_for
from indexer.users import Users, clean_name

_MOST_MINUTES = 60 * 24 * 31  # between two refreshes of a server

P = ParamSpec("P")
R = TypeVar("R")


def _default_index() -> Path:
    """Where the settings say; a setting that is none is told like any other wrong usage."""
    try:
        return Settings.from_environment().index
    except UsageError as error:
        click.echo(f"gaoku: {_one_line(error)}", err=True)
        sys.exit(2)


def _index_option(command: Callable[P, R]) -> Callable[P, R]:
    return click.option(
        "--index",
        "directory",
        type=click.Path(path_type=Path, file_okay=False),
        default=_default_index,
        help="The folder that holds the index (default: index/, or GAOKU_INDEX).",
    )(command)


def _wait_option(command: Callable[P, R]) -> Callable[P, R]:
    return click.option(
        "--wait",
        default=0.0,
        type=click.FloatRange(min=0, max=1440),
        metavar="MINUTES",
        help="Wait so long for an index run that goes on to end (default: not at all).",
    )(command)


def _json_option(command: Callable[P, R]) -> Callable[P, R]:
    return click.option("--json", "as_json_", is_flag=True, help="Print JSON.")(command)


def _reported(command: Callable[P, R]) -> Callable[P, R]:
    """Turn our errors into one line on stderr and status 1, wrong usage into status 2."""

    @wraps(command)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except BrokenPipeError:
            # The reader (`| head`) has seen enough; keep Python from complaining at exit.
            sys.stderr.close()
            sys.exit(0)
        except UsageError as error:
            click.echo(f"gaoku: {_one_line(error)}", err=True)
            sys.exit(1 if type(error) is not UsageError else 2)
        except GaokuError as error:
            click.echo(f"gaoku: {_one_line(error)}", err=True)
            sys.exit(1)
        except KeyboardInterrupt:
            click.echo("gaoku: stopped; the index is as it was before", err=True)
            sys.exit(1)
        except OSError as error:
            where = f" {error.filename}" if error.filename else ""
            advice = "; free some space and run it again" if error.errno == errno.ENOSPC else ""
            click.echo(f"gaoku: {error.strerror or error}{where}{advice}", err=True)
            sys.exit(1)

    return wrapper


def _one_line(error: Exception) -> str:
    return "\\n".join(str(error).splitlines())


def _json_text(data: Any, stream: TextIO, indent: int | None = None) -> str:
    """JSON that the stream's encoding can hold; escapes of the stream's own would be no JSON."""
    utf = (getattr(stream, "encoding", None) or "utf-8").lower().replace("-", "").startswith("utf")
    return json.dumps(data, ensure_ascii=not utf, indent=indent)


def _print_json(data: Any) -> None:
    click.echo(_json_text(data, sys.stdout, indent=1))


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="gaoku")
def main() -> None:
    """Gaoku (稿库): search work reports and plans."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure:  # file names may hold what the terminal's encoding has not
            reconfigure(errors="backslashreplace")
    # Processes that this one starts must not find modules in the folder it was started in, which may hold
    # anyone's files, unless it finds its own there. (Python 3.10 has no such setting.)
    if sys.path[0] not in ("", str(Path.cwd())):
        os.environ.setdefault("PYTHONSAFEPATH", "1")


@main.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@_index_option
@click.option("--rebuild", is_flag=True, help="Read every file again and build the index anew.")
@click.option(
    "--jobs", type=click.IntRange(min=1), help="Files that are read at once (default: one a processor)."
)
@click.option(
    "--progress",
    "form",
    type=click.Choice(["auto", "json"]),
    default="auto",
    help="How stderr tells how far it is: a bar or a line now and then (auto), or JSON objects, one a line.",
)
@_wait_option
@_json_option
@_reported
def index(
    paths: tuple[Path, ...],
    directory: Path,
    rebuild: bool,
    jobs: int | None,
    form: str,
    wait: float,
    as_json_: bool,
) -> None:
    """Bring the index up to date with the folders PATHS (default: all it remembers; at first corpus/)."""
    told = JsonProgress(sys.stderr) if form == "json" else Progress(sys.stderr)
    with _ended_by_signals(), told as progress:
        summary = build.update(
            directory,
            paths,
            Settings.from_environment(),
            rebuild=rebuild,
            jobs=jobs,
            progress=progress.files,
            on_page=progress.pages,
            wait=wait * 60,
            on_wait=progress.waiting,
        )
    if as_json_:
        _print_json(as_json.summary_json(summary))
    _print_summary(summary, sys.stderr if as_json_ else sys.stdout, brief=as_json_)


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """Let a request to end, or a terminal that is closed, end a run as Ctrl-C does: it tidies up."""

    def end(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    before = {}
    if threading.current_thread() is threading.main_thread():
        for name in ("SIGTERM", "SIGHUP"):
            number = getattr(signal, name, None)
            if number is not None and signal.getsignal(number) is signal.SIG_DFL:  # nohup ignores it
                before[number] = signal.signal(number, end)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _print_summary(summary: build.Summary, stream: TextIO, *, brief: bool) -> None:
    for warning in summary.warnings:
        click.echo(f"gaoku: warning: {warning}", err=True)
    if brief:
        return
    files, counts = summary.files, summary.counts
    parts = [f"{n} {name}" for name, n in _named(files) if n]
    seen = f"{files.seen} seen" + (f": {', '.join(parts)}" if parts else "")
    ignored = f"; {files.ignored} ignored" if files.ignored else ""  # not among those seen
    click.echo(f"files    {seen}{ignored}", file=stream)
    click.echo(
        f"index    {counts.reports} reports, {counts.sections} sections, {counts.characters:,} characters",
        file=stream,
    )
    click.echo(f"time     {summary.seconds:.1f} s", file=stream)
    for file, reason in summary.failed:
        click.echo(f"failed   {file}: {reason}", file=stream)


def _named(files: build.Tally) -> list[tuple[str, int]]:
    return [
        ("added", files.added),
        ("changed", files.changed),
        ("moved", files.moved),
        ("removed", files.removed),
        ("unchanged", files.unchanged),
        ("failed", files.failed),
    ]


@main.command()
@click.argument("path", type=click.Path(path_type=Path))
@_index_option
@_reported
def forget(path: Path, directory: Path) -> None:
    """Take the folder PATH and its reports out of the index. The files themselves are not touched."""
    summary = build.forget(directory, path, Settings.from_environment())
    click.echo(f"{summary.files.removed} files taken out; {summary.counts.reports} reports remain")


@main.command(context_settings={"ignore_unknown_options": True})  # -扫黑 is a query
@click.argument("query", nargs=-1, required=True)
@_index_option
@click.option("--year", default="", metavar="2019 | 2018..2021", help="Only sections about these years.")
@click.option("--part", default="", help=f"Only sections for this part: {' '.join(PARTS)}.")
@click.option("--topic", default="", help="Only sections about this topic, such as 招商引资.")
@click.option("--unit", default="", help="Only reports of this unit, by its whole name.")
@click.option("--format", default="", help=f"Only files of this type: {' '.join(FILE_TYPES)}.")
@click.option("--sort", default="relevance", help=f"{' | '.join(SORTS)} (default: relevance).")
@click.option("--fold", is_flag=True, help="Show near-identical sections as one hit.")
@click.option("--limit", default=10, help="Hits at the most (default: 10); 0 gives the counts alone.")
@click.option("--offset", default=0, help="Hits to leave out at the beginning.")
@click.option(
    "--export",
    "target",
    type=click.Path(path_type=Path, dir_okay=False),
    help=f"Write the whole sections of all hits, {exporting.MOST:,} at the most: .xlsx, .csv, .docx or .md.",
)
@_json_option
@_reported
def search(
    query: tuple[str, ...],
    directory: Path,
    year: str,
    part: str,
    topic: str,
    unit: str,
    format: str,
    sort: str,
    fold: bool,
    limit: int,
    offset: int,
    target: Path | None,
    as_json_: bool,
) -> None:
    """Search sections for QUERY; a "quoted phrase" is found exactly.

    The shell takes quotation marks away: write '"招商引资工作"' or “招商引资工作”.
    """
    unknown = [word for word in query if word.startswith("--")]  # -扫黑 is a query, --yaer a slip
    if unknown:
        raise click.NoSuchOption(unknown[0])
    question = make_question(
        " ".join(query),
        year=year,
        part=part,
        topic=topic,
        unit=unit,
        format=format,
        sort=sort,
        limit=limit,
        offset=offset,
        fold=fold,
    )
    if target is not None:
        _export(directory, question, target, as_json_=as_json_)
        return
    answer = run_search(Library(directory), question)
    if as_json_:
        _print_json(as_json.answer_json(answer))
    else:
        _print_answer(answer)


def _export(directory: Path, question: Question, target: Path, *, as_json_: bool) -> None:
    context = click.get_current_context()
    for name in ("limit", "offset"):
        if context.get_parameter_source(name) is not ParameterSource.DEFAULT:
            raise UsageError(f"--export writes all hits: leave --{name} out")

    written = exporting.save(
        target,
        Library(directory),
        question,
        name=f"搜索结果：{question.query}",
        cite=citing.source,
        shown_in=_shown_in(directory),
    )
    if as_json_:
        _print_json({"file": str(target), "passages": written.count})
    else:
        in_part = " (nothing matches whole: these match in part, 部分符合)" if written.relaxed else ""
        click.echo(f"{written.count} passages written to {target}{in_part}")


def _shown_in(directory: Path) -> exporting.ShownIn:
    """How people read the names of files."""
    return Inbox.of(directory, Settings.from_environment()).shown_in


_ADVICE = "。请换个说法，少写几个词，或去掉引号和筛选再试。"


def _print_answer(answer: Answer) -> None:
    click.echo(
        f"共 {answer.total} 段，分布在 {answer.reports} 篇报告 · {answer.took_ms:.0f} 毫秒"
        + ("" if answer.total or answer.hits else _ADVICE)
    )
    for suggestion in answer.suggestions:
        click.echo(f"是不是要找：{suggestion.query}（{suggestion.total} 段）")
    if answer.relaxed:
        click.echo("没有完全符合的段落，以下是部分符合的：")
    for n, hit in enumerate(answer.hits, answer.question.offset + 1):
        filed = hit.filed
        year = f"{filed.section.year}年 · " if filed.section.year else ""
        click.echo("")
        click.echo(f"{n:>3}  {click.style(filed.title, bold=True)}")
        click.echo(f"     {year}{filed.section.part} · {' › '.join(filed.section.path) or '正文'}")
        for snippet in hit.excerpt.snippets:
            text, end = "……" if snippet.begun else "", 0
            for a, b in snippet.marks:
                text += snippet.text[end:a] + click.style(snippet.text[a:b], fg="yellow", underline=True)
                end = b
            click.echo(f"     {text}{snippet.text[end:]}{'……' if snippet.broken else ''}")
        if hit.excerpt.further:
            click.echo(click.style(f"     本段另有 {hit.excerpt.further} 处", dim=True))
        if filed.ocr:
            click.echo(click.style(f"     {ocr.NOTICE}", dim=True))
        if hit.copies > 1:
            click.echo(click.style(f"     库中另有 {hit.copies - 1} 处相同", dim=True))
        click.echo(click.style(f"     {filed.file} · {filed.section_id}", dim=True))


@main.command()
@click.argument("report")
@_index_option
@_json_option
@_reported
def show(report: str, directory: Path, as_json_: bool) -> None:
    """Show one report, whole: its text, and what was taken out of it and why.

    REPORT is an id as search shows it, that of a section included.
    """
    place = split_section_id(report)  # search shows sections' ids
    filed = Library(directory).report(place[0] if place else report)
    if as_json_:
        _print_json(as_json.report_json(filed))
    else:
        _print_report(filed)


def _print_report(filed: FiledReport) -> None:
    report = filed.report
    click.echo(click.style(report.title, bold=True))
    known = [
        report.kind,
        report.unit,
        f"{report.year}年" if report.year else None,
        f"计划 {'、'.join(map(str, report.plan_years))}" if report.plan_years else None,
        f"发布 {report.published}" if report.published else None,
    ]
    click.echo(" · ".join(k for k in known if k))
    click.echo(f"{filed.file} · 第 {report.ordinal} 篇 · {filed.report_id}")
    if report.ocr:
        click.echo(click.style(ocr.NOTICE, dim=True))
    for section in report.sections:
        click.echo("")
        if section.heading:
            label = " · ".join(str(x) for x in (section.part, section.year, section.topic) if x)
            click.echo(f"{click.style(section.heading, bold=True)}  {click.style(label, dim=True)}")
        for paragraph in section.paragraphs:
            click.echo(f"　　{paragraph}")
    if report.removed:
        click.echo("")
        click.echo(click.style(f"不属于正文的内容（{len(report.removed)} 处）", bold=True))
        for removed in report.removed:
            click.echo(f"  [{removed.reason}] {removed.text}")


@main.command()
@click.argument("to", required=False, metavar="[REPORT | REPORT-N | -]")
@click.option("--file", "draft", type=click.Path(path_type=Path, dir_okay=False), help="A draft to compare.")
@click.option("--limit", default=10, type=click.IntRange(min=1), help="Hits at the most (default: 10).")
@_index_option
@_json_option
@_reported
def similar(to: str | None, draft: Path | None, limit: int, directory: Path, as_json_: bool) -> None:
    """Find past reports and sections like REPORT, like the section REPORT-N, or like a draft.

    The draft is a file of a kind that can be indexed, or what comes on standard input (-).
    """
    if (to is None) == (draft is None):
        raise click.UsageError("name a report, a section, - or --file DRAFT")
    library = Library(directory)
    if draft is not None:
        hits = similar_to_text(library, _draft(draft), limit)
    elif to == "-":
        hits = similar_to_text(library, decode(sys.stdin.buffer.read())[0], limit)
    else:
        hits = find_similar(library, to or "", limit)
    if as_json_:
        _print_json(as_json.similar_json(hits))
        return
    _print_similar(hits, "稿子" if draft is not None or to == "-" else "原文")


def _print_similar(hits: Sequence[SimilarHit], source: str) -> None:
    """Those that share text with the ``source``, the likest first; then those that only have its subject."""
    sharing = [hit for hit in hits if hit.share]
    if not sharing:
        click.echo("没有找到文字相同的旧稿")
    for n, hit in enumerate(sharing, 1):
        path = () if hit.section is None else hit.filed.report.sections[hit.section].path
        place = "此篇" if hit.section is None else "此段"
        found = excerpts(hit.text, hit.shared)
        longest = f"，最长一处 {max(e.length for e in found)} 字" if found else ""
        click.echo("")
        click.echo(f"{n:>3}  {click.style(hit.filed.report.title, bold=True)}")
        click.echo(
            f"     {hit.year or '-'} · {' › '.join(path) or ('全文' if hit.section is None else '正文')}"
        )
        click.echo(f"     {source}的 {hit.per_cent}% 见于{place}{longest}")
        for excerpt in found[:3]:
            click.echo(f"     {excerpt.text}")
        click.echo(click.style(f"     {hit.filed.file} · {hit.section_id or hit.filed.report_id}", dim=True))
    about = [hit for hit in hits if not hit.share]
    if about:
        click.echo("")
        click.echo("只是主题相近的：")
    for hit in about:
        line = f"     {hit.filed.report.title} · {hit.year or '-'}"
        click.echo(line + click.style(f" · {hit.section_id or hit.filed.report_id}", dim=True))


def _draft(path: Path) -> str:
    """The text of a draft. Raises UnreadableError."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UnreadableError(f"{path} cannot be read ({error.strerror})") from error
    return "\n".join(block.text for block in read(path, content).blocks)


@main.command()
@click.option("--level", default="section", help=f"{' | '.join(LEVELS)} (default: section).")
@click.option(
    "--min-copies",
    default=2,
    help="Only families with so many members (default: 2; 1: texts that are like no other, too).",
)
@click.option(
    "--limit", type=click.IntRange(min=0), help="Families at the most (default: all with --json, else 20)."
)
@_index_option
@_json_option
@_reported
def families(level: str, min_copies: int, limit: int | None, directory: Path, as_json_: bool) -> None:
    """List repeated templates: texts that are alike but for figures, names and a word here and there."""
    if limit is None and not as_json_:
        limit = 20
    listing = list_families(Library(directory), level, least=min_copies, limit=limit)
    if as_json_:
        _print_json(as_json.families_json(listing))
        return
    singles = ", texts that are like no other among them" if min_copies == 1 else ""
    click.echo(f"{listing.total} families of {level}s{singles}, most characters saved first")
    for family in listing.families:
        years = f"{family.years[0]}—{family.years[-1]}" if family.years else "-"
        click.echo("")
        click.echo(click.style(f"{family.copies} copies in {family.reports} reports, {years}", bold=True))
        click.echo(f"     {_shortened(family.template.skeleton)}")
        for member in family.members[:5]:
            place = " › ".join(member.heading) or ("全文" if member.section is None else "正文")
            line = f"{member.year or '-'}  {member.title} · {place} · {member.section or member.report}"
            click.echo(click.style(f"     {line}", dim=True))
        if family.copies > 5:
            click.echo(click.style(f"     … and {family.copies - 5} more", dim=True))
        click.echo(click.style(f"     {family.id}", dim=True))


@main.command()
@click.argument("family")
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A file, .md or .docx (default: Markdown to stdout).",
)
@_index_option
@_json_option
@_reported
def template(family: str, output: Path | None, directory: Path, as_json_: bool) -> None:
    """Write the template of FAMILY, ready to be filled in, with what each report has in its blanks.

    FAMILY is an id as families shows it.
    """
    if output is not None:
        check_target(output)
    library = Library(directory)
    found = find_family(library, family)
    with library.reader() as reader:
        shown = _shown_in(directory)(reader.meta.folders)
    if output is not None:
        save(found, output, shown)
        click.echo(f"{len(found.template.slots)} blanks, {found.copies} copies written to {output}", err=True)
    if as_json_:
        _print_json(as_json.family_json(found))
    elif output is None:
        click.echo(as_markdown(found, shown), nl=False)


def _shortened(text: str, length: int = 160) -> str:
    text = " ".join(text.split())
    return text if len(text) <= length else text[:length] + "……"


@main.command()
@_index_option
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="A file (default: stdout).")
@_reported
def export(directory: Path, output: Path | None) -> None:
    """Write every section, one JSON object a line."""
    library = Library(directory)
    with library.reader():  # an index that cannot be read leaves the output file as it is
        pass
    if output is None:
        _write_rows(library, sys.stdout)
        return
    if output.exists() and not output.is_file():  # a pipe or a device is written through, not replaced
        with output.open("w", encoding="utf-8", errors="backslashreplace") as stream:
            _write_rows(library, stream)
        return
    with replacing(output) as target:
        stream = io.TextIOWrapper(target, "utf-8", "backslashreplace")
        count = _write_rows(library, stream)
        stream.detach()  # written out; it is closed when it is in its place
    click.echo(f"{count} sections written to {output}", err=True)


def _write_rows(library: Library, stream: TextIO) -> int:
    count = 0
    for filed in library.reports():
        for row in as_json.export_rows(filed):
            stream.write(_json_text(row, stream) + "\n")
            count += 1
    return count


@main.command()
@_index_option
@_json_option
@_reported
def status(directory: Path, as_json_: bool) -> None:
    """Say what the index holds."""
    meta, counts = Library(directory).status()
    if as_json_:
        _print_json(as_json.status_json(meta, counts))
        return
    failed = [entry for entry in Library(directory).files() if entry.failed]
    click.echo(f"files      {counts.files}" + (f", {len(failed)} of them cannot be read" if failed else ""))
    click.echo(f"reports    {counts.reports}")
    click.echo(f"sections   {counts.sections}")
    click.echo(f"characters {counts.characters:,}")
    click.echo(f"updated    {meta.updated}")
    for folder in meta.folders:
        click.echo(f"folder     {folder.label} = {folder.path}")
    click.echo(f"own words  {LexiconFiles(Settings.from_environment().settings).folder.resolve()}")
    for name, value in sorted(meta.analysis.items()):
        click.echo(f"{name:<10} {value}")
    for entry in failed:
        click.echo(f"failed     {entry.file}: {entry.failed}")


@main.command()
@_index_option
@_json_option
@_reported
def verify(directory: Path, as_json_: bool) -> None:
    """Check whether the index is whole; status 1 if it is not."""
    problems = Library(directory).verify()
    if as_json_:
        _print_json(as_json.verify_json(problems))
    else:
        for problem in problems:
            click.echo(problem)
        click.echo("the index is whole" if not problems else "mend it with: gaoku index --rebuild")
    sys.exit(1 if problems else 0)


@main.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@_index_option
@_wait_option
@_reported
def backup(file: Path, directory: Path, wait: float) -> None:
    """Write the index, the office's words, users and added files to FILE (.tar.gz)."""
    with _ended_by_signals():
        count = backups.back_up(file, _places(directory), wait * 60)
    click.echo(f"{count} files, {file.stat().st_size:,} bytes written to {file}")


@main.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@_index_option
@click.option("--force", is_flag=True, help="Replace what is there already.")
@_reported
def restore(file: Path, directory: Path, force: bool) -> None:
    """Put back what backup wrote to FILE."""
    with _ended_by_signals():
        restored = backups.restore(file, _places(directory), force=force)
    for warning in restored.warnings:
        click.echo(f"gaoku: warning: {warning}", err=True)
    click.echo(f"{restored.files} files restored, as of {restored.made}")


def _places(directory: Path) -> backups.Places:
    settings = Settings.from_environment()
    return backups.Places(directory, settings.settings, folder_for(directory, settings))


def _minutes(context: click.Context, option: click.Parameter, given: float | None) -> float | None:
    if given is not None and not 0 < given <= _MOST_MINUTES:
        raise click.BadParameter(f"{given:g} is not a number of minutes from above 0 to {_MOST_MINUTES:,}.")
    return given


@main.command()
@_index_option
@click.option("--host", default="127.0.0.1", help="The address to listen on (default: 127.0.0.1).")
@click.option("--port", default=8000, type=click.IntRange(0, 65535), help="The port (default: 8000).")
@click.option("--metrics-public", is_flag=True, help="Give /metrics to other machines, too.")
@click.option("--log-json", is_flag=True, help="Log to stderr, one JSON object a line, requests too.")
@click.option(
    "--read-only",
    is_flag=True,
    help="Nothing can be added or changed over the page (without users, always so beyond this machine).",
)
@click.option(
    "--allow-host",
    "allowed",
    multiple=True,
    metavar="NAME",
    help="Another name that people open the page by.",
)
@click.option(
    "--trusted-proxy",
    "proxy",
    default="",
    metavar="ADDRESS",
    help="The server in front (nginx) whose X-Forwarded-For and -Proto count.",
)
@click.option(
    "--refresh",
    type=float,
    metavar="MINUTES",
    callback=_minutes,
    help="Bring the index up to date at once, and again so long after each time.",
)
@_reported
def serve(
    directory: Path,
    host: str,
    port: int,
    metrics_public: bool,
    log_json: bool,
    read_only: bool,
    allowed: tuple[str, ...],
    proxy: str,
    refresh: float | None,
) -> None:
    """Serve the web page and the HTTP API."""
    from webui import Rules  # the page knows the indexer; only this command knows the page
    from webui import serve as serve_page

    rules = Rules(host, allowed, read_only, proxy)
    settings = Settings.from_environment().settings
    if rules.beyond and "GAOKU_SETTINGS" in os.environ and not settings.is_dir():
        # A slip in the name would let everyone in, for there are no users in a folder that is not there.
        raise UsageError(
            f"GAOKU_SETTINGS names {settings}, which is no folder; correct it, or make the folder"
        )
    try:
        serve_page(
            directory, host, port, rules, metrics_public=metrics_public, log_json=log_json, refresh=refresh
        )
    except KeyboardInterrupt:
        click.echo("gaoku: stopped", err=True)


@main.group()
def user() -> None:
    """Who may log in. Whoever may sees all files."""


def _password() -> str:
    """Asked for twice at a terminal; else the first line of stdin, in UTF-8. Raises UsageError."""
    if sys.stdin.isatty():
        given: str = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
        return given
    try:
        return sys.stdin.buffer.readline().decode("utf-8-sig").rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise UsageError("the password on stdin is not UTF-8") from error


def _users() -> tuple[Users, Audit]:
    folder = Settings.from_environment().settings
    return Users(folder), Audit(folder)


@user.command("add")
@click.argument("name")
@_reported
def add_user(name: str) -> None:
    """Let NAME log in; the password is asked for, or is the first line of stdin."""
    users, audit = _users()
    users.require_free(name)
    name = users.add(name, _password()).name
    audit.write("user added", user=name)
    click.echo(f"{name} may log in", err=True)


@user.command("passwd")
@click.argument("name")
@_reported
def change_password(name: str) -> None:
    """Give NAME a new password; sessions under the old one end."""
    users, audit = _users()
    users.require_known(name)
    name = users.change_password(name, _password()).name
    audit.write("password changed", user=name)
    click.echo(f"{name} has a new password", err=True)


@user.command("remove")
@click.argument("name")
@_reported
def remove_user(name: str) -> None:
    """Let NAME log in no more."""
    users, audit = _users()
    users.remove(name)
    audit.write("user removed", user=clean_name(name))
    click.echo(f"{clean_name(name)} may log in no more", err=True)
    if not users.all():
        click.echo("no users are left: the next start of the server asks for no log-in", err=True)


@user.command("list")
@_json_option
@_reported
def list_users(as_json_: bool) -> None:
    """List who may log in."""
    names = sorted(_users()[0].all())
    if as_json_:
        _print_json({"users": names})
    else:
        for name in names:
            click.echo(name)
