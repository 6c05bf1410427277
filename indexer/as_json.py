"""Answers in the form that the contract gives them, for commands and for the HTTP API alike."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from indexer.build import Summary
from indexer.engines.base import Counts
from indexer.model import FiledReport, FileEntry, IndexMeta, section_id
from indexer.repeated import THRESHOLD, Family, Listing
from indexer.search import Answer, SearchHit
from indexer.similar import SimilarHit
from indexer.suggest.completion import Completion
from indexer.trend import Trend

Json = dict[str, Any]


def summary_json(summary: Summary) -> Json:
    """``gaoku index --json``; ``extra``: what to install for a file that failed for want of it."""
    return {
        "files": asdict(summary.files),
        "reports": summary.counts.reports,
        "sections": summary.counts.sections,
        "characters": summary.counts.characters,
        "seconds": round(summary.seconds, 3),
        "failed": [{"file": file, "reason": reason} for file, reason in summary.failed],
        "warnings": summary.warnings,
        "list": [_entry_json(entry) for entry in sorted(summary.entries, key=lambda entry: entry.file)],
    }


def _entry_json(entry: FileEntry) -> Json:
    return {
        "file": entry.file,
        "format": entry.format,
        "reports": entry.reports,
        "characters": entry.characters,
        "warnings": list(entry.warnings),
        "failed": entry.failed,
        "extra": entry.extra,
    }


def answer_json(answer: Answer) -> Json:
    """``gaoku search --json``"""
    return {
        "query": answer.question.query,
        "total": answer.total,
        "reports": answer.reports,
        "took_ms": round(answer.took_ms, 2),
        "relaxed": answer.relaxed,
        "suggestions": [{"query": s.query, "kind": s.kind, "total": s.total} for s in answer.suggestions],
        "hits": [_hit_json(hit) for hit in answer.hits],
        "facets": {
            "year": _facet_json(answer.facets.year),
            "part": _facet_json(answer.facets.part),
            "topic": _facet_json(answer.facets.topic),
            "unit": _facet_json(answer.facets.unit),
            "format": _facet_json(answer.facets.format),
        },
    }


def trend_json(trend: Trend) -> Json:
    """``GET /api/years``"""
    return {
        "query": trend.question.query,
        "total": trend.total,
        "reports": trend.reports,
        "took_ms": round(trend.took_ms, 2),
        "years": [{"year": c.year, "sections": c.sections, "reports": c.reports} for c in trend.years],
        "undated": {"sections": trend.undated.sections, "reports": trend.undated.reports},
    }


def completions_json(query: str, completions: Sequence[Completion]) -> Json:
    """``GET /api/suggest``"""
    return {
        "query": query,
        "completions": [
            {"text": c.text, "query": c.query, "kind": c.kind, "count": c.count} for c in completions
        ],
    }


def similar_json(hits: Sequence[SimilarHit]) -> Json:
    """``gaoku similar --json``"""
    return {
        "hits": [
            {
                "report": hit.filed.report_id,
                "section": hit.section_id,
                "title": hit.filed.report.title,
                "year": hit.year,
                "score": hit.score,
                "overlap": hit.overlap,
                "shared": [
                    {"text": p.text, "past": p.past, "source": list(p.source), "target": list(p.target)}
                    for p in hit.shared
                ],
            }
            for hit in hits
        ]
    }


def families_json(listing: Listing) -> Json:
    """``gaoku families --json``"""
    return {
        "level": listing.level,
        "threshold": THRESHOLD[listing.level],
        "total": listing.total,
        "families": [_family_json(family) for family in listing.families],
    }


def family_json(family: Family) -> Json:
    """One family, with its slots and what each member has in them."""
    slots = [list(slot.values) for slot in family.template.slots]
    return {**_family_json(family), "level": family.level, "slots": slots}


def _family_json(family: Family) -> Json:
    return {
        "id": family.id,
        "copies": family.copies,
        "reports": family.reports,
        "characters": family.characters,
        "years": list(family.years),
        "template": family.template.skeleton,
        "members": [
            {
                "report": m.report,
                "section": m.section,
                "paragraph": m.paragraph,
                "title": m.title,
                "year": m.year,
                "similarity": m.similarity,
            }
            for m in family.members
        ],
    }


def _hit_json(hit: SearchHit) -> Json:
    filed = hit.filed
    return {
        "report": filed.report_id,
        "section": filed.section_id,
        "title": filed.title,
        "heading": list(filed.section.path),
        "year": filed.section.year,
        "part": filed.section.part,
        "topic": filed.section.topic,
        "file": filed.file,
        "score": hit.score,
        "snippets": [{"text": s.text, "marks": [list(m) for m in s.marks]} for s in hit.excerpt.snippets],
        "further": hit.excerpt.further,
        "copies": hit.copies,
        "ocr": filed.ocr,
    }


def _facet_json(values: Iterable[tuple[Any, int]]) -> list[Json]:
    return [{"value": value, "count": count} for value, count in values]


def report_json(filed: FiledReport) -> Json:
    """``gaoku show --json``"""
    report = filed.report
    return {
        "report": filed.report_id,
        "title": report.title,
        "file": filed.file,
        "ordinal": report.ordinal,
        "kind": report.kind,
        "unit": report.unit,
        "year": report.year,
        "plan_years": list(report.plan_years),
        "published": report.published,
        "ocr": report.ocr,
        "sections": [
            {
                "section": section_id(filed.report_id, n),
                "level": s.level,
                "heading": s.heading,
                "year": s.year,
                "part": s.part,
                "topic": s.topic,
                "paragraphs": list(s.paragraphs),
            }
            for n, s in enumerate(report.sections)
        ],
        "removed": [{"text": r.text, "reason": r.reason} for r in report.removed],
    }


def export_rows(filed: FiledReport) -> Iterable[Json]:
    """The lines of ``gaoku export`` for one report."""
    for n, section in enumerate(filed.report.sections):
        yield {
            "report": filed.report_id,
            "section": section_id(filed.report_id, n),
            "position": n,
            "title": filed.report.title,
            "file": filed.file,
            "ordinal": filed.report.ordinal,
            "heading": list(section.path),
            "year": section.year,
            "part": section.part,
            "topic": section.topic,
            "paragraphs": list(section.paragraphs),
        }


def status_json(meta: IndexMeta, counts: Counts) -> Json:
    """``gaoku status --json``"""
    return {
        "engine": meta.analysis.get("engine", "").partition(" ")[0],
        "files": counts.files,
        "reports": counts.reports,
        "sections": counts.sections,
        "characters": counts.characters,
        "updated": meta.updated,
        "analysis": meta.analysis,
    }


def verify_json(problems: Sequence[str]) -> Json:
    """``gaoku verify --json``"""
    return {"ok": not problems, "problems": list(problems)}
