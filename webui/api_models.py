"""The shapes of the HTTP API, for its document: what is asked and what is answered."""

from __future__ import annotations

import re
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from indexer.engines.base import SORTS
from indexer.families.forms import LEVELS
from indexer.file_types import FILE_TYPES
from indexer.model import PARTS, TOPICS
from indexer.search import MAX_LIMIT
from indexer.similar import MAX_CHARACTERS
from indexer.suggest.completion import MAX_COMPLETIONS

_MOST_OFFSET = 2**31 - 1
MAX_HITS = 100  # of texts like a given one


def _one_of(*values: str) -> dict[str, Any]:
    """For the document: what a parameter may be. The search itself says so, too, in an error."""
    return {"enum": ["", *values]}


def _one_of_spaced(*values: str, blank: bool = True) -> dict[str, Any]:
    """For the document: as :func:`_one_of`, with white space around it, or nothing else (``blank``)."""
    spaced = rf"^\s*({'|'.join(map(re.escape, values))}){'?' if blank else ''}\s*$"
    return {"anyOf": [_one_of(*values), {"pattern": spaced}]}


def _or_empty(schema: dict[str, Any]) -> None:
    """For the document: a parameter that may be left empty."""
    kept = ("title", "description", "default")
    rule = {key: schema.pop(key) for key in list(schema) if key not in kept}
    schema["anyOf"] = [rule, {"type": "string", "maxLength": 0}]


def _in_any_form(schema: dict[str, Any]) -> None:
    """For the document: a number of a JSON body, which may come as text, too, or as one of two (true: 1)."""
    _or_empty(schema)
    schema["anyOf"] += [{"type": "string", "pattern": r"^\s*([0-9]{1,2}|100)\s*$"}, {"type": "boolean"}]


_YEARS = r"^\s*([0-9]{4}|[0-9]{4}\.\.[0-9]{4}|[0-9]{4}\.\.|\.\.[0-9]{4})?\s*$"
_ID = r"^[a-z2-7]{12}(-[0-9]{1,9})?$"


class YearsQuery(BaseModel):
    """What is counted through the years. An empty parameter is the same as one that is not given, and white
    space around one does not count."""

    q: str = Field("", description='The query: words, "exact phrases", -not, A | B, year:2018..2021 …')
    year: str = Field(
        "",
        description="A year or a stretch of years: 2019, 2018..2021, 2018.., ..2021",
        json_schema_extra={"pattern": _YEARS},
    )
    part: str = Field("", description="What a section is for", json_schema_extra=_one_of_spaced(*PARTS))
    topic: str = Field("", description="A topic of the fixed list", json_schema_extra=_one_of_spaced(*TOPICS))
    unit: str = Field("", description="A unit that reports, by its whole name, as the facets give it")
    format: str = Field("", description="The type of the file", json_schema_extra=_one_of_spaced(*FILE_TYPES))

    @field_validator("*", mode="before")
    @classmethod
    def _strip(cls, value: Any) -> Any:
        return value.strip() if isinstance(value, str) else value


class SearchQuery(YearsQuery):
    """What is asked. An empty parameter is the same as one that is not given."""

    sort: str = Field(
        "relevance",
        description="The order of hits",
        json_schema_extra=_one_of_spaced(*SORTS, blank=False),
    )
    fold: bool = Field(
        False,
        description="Show near-identical sections as one hit; counts stay those of all",
        json_schema_extra=_or_empty,
    )
    limit: int = Field(
        10,
        ge=0,
        le=MAX_LIMIT,
        description="Hits at the most; 0 gives the counts alone",
        json_schema_extra=_or_empty,
    )
    offset: int = Field(
        0,
        ge=0,
        le=_MOST_OFFSET,
        description="Hits to leave out at the beginning",
        json_schema_extra=_or_empty,
    )

    @field_validator("sort", "fold", "limit", "offset", mode="before")
    @classmethod
    def _default(cls, value: Any, info: Any) -> Any:
        return cls.model_fields[info.field_name].default if value == "" else value


class SuggestQuery(BaseModel):
    """What has been typed so far."""

    q: str = Field("", description="The query as typed up to the cursor; its last word is completed")
    limit: int = Field(
        8, ge=1, le=MAX_COMPLETIONS, description="Completions at the most", json_schema_extra=_or_empty
    )

    @field_validator("limit", mode="before")
    @classmethod
    def _default(cls, value: Any) -> Any:
        return cls.model_fields["limit"].default if value == "" else value


class SimilarQuery(BaseModel):
    """What others are to be like."""

    to: str = Field(description="The id of a report or of a section", json_schema_extra={"pattern": _ID})
    limit: int = Field(10, ge=0, le=MAX_HITS, description="Hits at the most", json_schema_extra=_or_empty)

    @field_validator("limit", mode="before")
    @classmethod
    def _default(cls, value: Any) -> Any:
        return cls.model_fields["limit"].default if value == "" else value

    @field_validator("to")
    @classmethod
    def _named(cls, value: str) -> str:
        if not value.strip():
            raise ValueError("name a report or a section by its id")
        return value.strip()


class Draft(BaseModel):
    """A text that others are to be like."""

    text: str = Field(
        description=f"{MAX_CHARACTERS:,} characters at the most, words or figures among them",
        json_schema_extra={"minLength": 1, "maxLength": MAX_CHARACTERS},
    )
    limit: int = Field(10, ge=0, le=MAX_HITS, description="Hits at the most", json_schema_extra=_in_any_form)

    @field_validator("limit", mode="before")
    @classmethod
    def _default(cls, value: Any) -> Any:
        return cls.model_fields["limit"].default if value == "" else value


class FamiliesQuery(BaseModel):
    """Which repeated texts."""

    level: str = Field(
        "section", description="What is compared with its like", json_schema_extra=_one_of(*LEVELS)
    )
    min_copies: int = Field(
        2,
        ge=1,
        description="Only families with so many members; 1: texts that are like no other, too",
        json_schema_extra=_or_empty,
    )
    limit: int = Field(100, ge=0, description="Families at the most", json_schema_extra=_or_empty)
    offset: int = Field(
        0,
        ge=0,
        le=_MOST_OFFSET,
        description="Families to leave out at the beginning",
        json_schema_extra=_or_empty,
    )

    @field_validator("*", mode="before")
    @classmethod
    def _default(cls, value: Any, info: Any) -> Any:
        return cls.model_fields[info.field_name].default if value == "" else value


class FamilyPath(BaseModel):
    """Which family."""

    family: str = Field(description="The family's id")


class ReportPath(BaseModel):
    """Which report."""

    report: str = Field(description="The report's id")


class Answer(BaseModel):
    """The base of what is answered: no more than what is written here."""

    model_config = ConfigDict(extra="forbid")


class ErrorBody(Answer):
    """Every error."""

    error: str = Field(description="One line: what is wrong and what to do")


class SnippetBody(Answer):
    """A passage of a hit."""

    text: str
    marks: list[tuple[int, int]] = Field(description="Code points in text, end exclusive")


class HitBody(Answer):
    """A section that matches."""

    report: str
    section: str
    title: str
    heading: list[str] = Field(description="From the top down")
    year: int | None
    part: str
    topic: str | None
    file: str
    score: float
    snippets: list[SnippetBody]
    further: int = Field(description="Places in the section's text that match, too, and are in no snippet")
    copies: int = Field(description="The size of the section's family; 1: none")
    ocr: bool = Field(description="Read from pictures, in whole or in part: it may be wrong in places")


class YearCount(Answer):
    """How many matching sections are about a year."""

    value: int
    count: int


class ValueCount(Answer):
    """How many matching sections have a value."""

    value: str
    count: int


class FacetsBody(Answer):
    """Counts over all that match; sections without a value are left out."""

    year: list[YearCount]
    part: list[ValueCount]
    topic: list[ValueCount]
    unit: list[ValueCount]
    format: list[ValueCount] = Field(description="Types of files")


class SuggestionBody(Answer):
    """A query that was perhaps meant."""

    query: str
    kind: Literal["pinyin", "edit", "fewer"] = Field(
        description="Characters of the same sound, or what pinyin and its initials stand for; another slip; "
        "without words that tell nothing"
    )
    total: int = Field(description="Sections that match it, under the same filters")


class CompletionBody(Answer):
    """How what is typed may go on."""

    text: str = Field(description="What the last word is completed to")
    query: str = Field(description="The whole query with it")
    kind: Literal["topic", "own", "term", "heading", "title"]
    count: int = Field(description="Sections that the query finds")


class SuggestBody(Answer):
    """Completions, the best first."""

    query: str
    completions: list[CompletionBody]


class SearchBody(Answer):
    """A page of hits."""

    query: str
    total: int = Field(description="Matching sections, exactly, whatever the limit")
    reports: int = Field(description="Reports that they stand in")
    took_ms: float
    relaxed: bool = Field(description="Nothing matched; these are the best partial matches")
    suggestions: list[SuggestionBody] = Field(description="For a likely typing error; never among the hits")
    hits: list[HitBody]
    facets: FacetsBody


class UndatedBody(Answer):
    """What matches and is about no year."""

    sections: int
    reports: int


class YearBody(Answer):
    """What matches and is about a year."""

    year: int
    sections: int
    reports: int = Field(description="A report about several years counts for each of them")


class YearsBody(Answer):
    """A query through the years."""

    query: str
    total: int = Field(description="Matching sections, exactly; nothing is relaxed")
    reports: int = Field(description="Reports that they stand in, each once")
    took_ms: float
    years: list[YearBody] = Field(description="From the oldest; years that nothing matches are left out")
    undated: UndatedBody


class PassageBody(Answer):
    """What stands in both texts but for figures and punctuation."""

    text: str = Field(description="As the draft has it, or the text that was named")
    past: str = Field(description="As the past text has it")
    source: tuple[int, int] = Field(description="Code points in the draft, or in the text that was named")
    target: tuple[int, int] = Field(description="Code points in the paragraphs joined with line ends")


class SimilarHitBody(Answer):
    """A past text."""

    report: str
    section: str | None = Field(description="null: the report as a whole")
    title: str
    year: int | None
    score: float
    overlap: float = Field(description="Shared shingles over those of the shorter text, 0 to 1")
    shared: list[PassageBody] = Field(description="Longest first")


class SimilarBody(Answer):
    """Past texts, the likest first."""

    hits: list[SimilarHitBody]


class MemberBody(Answer):
    """A text of a family."""

    report: str
    section: str | None
    paragraph: int | None = Field(description="Counted from 0")
    title: str
    year: int | None
    similarity: float = Field(description="To the family's first member, 0 to 1")


class FamilyBody(Answer):
    """Texts that are alike."""

    id: str
    copies: int
    reports: int
    characters: int = Field(description="What all copies but one come to")
    years: list[int]
    template: str = Field(
        description="What they have in common, with 【】 for what varies; of reports with their headings"
    )
    members: list[MemberBody]


class FamiliesBody(Answer):
    """Families, most characters saved first."""

    level: Literal["paragraph", "section", "report"]
    threshold: float
    total: int
    families: list[FamilyBody]


class OneFamilyBody(FamilyBody):
    """A family with what each member has in the slots."""

    level: Literal["paragraph", "section", "report"]
    slots: list[list[str]] = Field(description="For each slot a value a member, in the members' order")


class SectionBody(Answer):
    """A section of a report."""

    section: str
    level: int
    heading: str | None
    year: int | None
    part: str
    topic: str | None
    paragraphs: list[str]


class RemovedBody(Answer):
    """What was in the file and is no part of the report."""

    text: str
    reason: str


class ReportBody(Answer):
    """A report, whole."""

    report: str
    title: str
    file: str
    ordinal: int
    kind: str
    unit: str | None
    year: int | None
    plan_years: list[int]
    published: str | None
    ocr: bool = Field(description="Read from pictures, in whole or in part: it may be wrong in places")
    sections: list[SectionBody]
    removed: list[RemovedBody]


class StatusBody(Answer):
    """What the index holds."""

    engine: str
    files: int
    reports: int
    sections: int
    characters: int
    updated: str
    analysis: dict[str, str]
