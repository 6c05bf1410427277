from __future__ import annotations

import gzip
import json
import logging
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from indexer import as_json
from indexer.library import Library
from indexer.search import make_question, search
from webui import create_app
from webui.api_models import (
    FamiliesBody,
    OneFamilyBody,
    ReportBody,
    SearchBody,
    SimilarBody,
    StatusBody,
    SuggestBody,
    YearsBody,
)

if TYPE_CHECKING:
    from tests.webui.conftest import Corpus

Get = Callable[..., Any]


@pytest.fixture
def get(client: FlaskClient) -> Get:
    """Get a JSON answer with a status."""

    def get(path: str, status: int = 200, **query: str | int) -> Any:
        response = client.get(path, query_string=query or None)
        assert response.content_type == "application/json"
        assert response.status_code == status, response.text
        return response.json

    return get


# -- search ------------------------------------------------------------------------------------------


def test_search_is_what_the_command_gives(get: Get, built: Path) -> None:
    body = get("/api/search", q="招商引资")
    expected = as_json.answer_json(search(Library(built), make_question("招商引资", limit=10)))
    assert {**body, "took_ms": 0} == json.loads(json.dumps({**expected, "took_ms": 0}))
    assert body["took_ms"] > 0
    assert (body["total"], body["reports"], body["relaxed"]) == (5, 3, False)
    SearchBody.model_validate_json(json.dumps(body), strict=True)


def test_keys_come_in_the_order_of_the_contract(client: FlaskClient) -> None:
    body = json.loads(client.get("/api/search?q=茶园").text)
    assert list(body) == ["query", "total", "reports", "took_ms", "relaxed", "suggestions", "hits", "facets"]
    assert list(body["hits"][0]) == [
        *(
            "report",
            "section",
            "title",
            "heading",
            "year",
            "part",
            "topic",
            "file",
            "score",
            "snippets",
            "further",
            "copies",
            "ocr",
        )
    ]
    assert list(body["facets"]) == ["year", "part", "topic", "unit", "format"]


def test_marks_are_offsets_in_the_snippet(get: Get) -> None:
    body = get("/api/search", q="“项目建设” abc")
    assert len(body["hits"]) == 1
    (snippet,) = body["hits"][0]["snippets"]
    assert [snippet["text"][a:b] for a, b in snippet["marks"]] == ["項目建設", "ＡＢＣ"]


@pytest.mark.parametrize(
    ("query", "total"),
    [
        ({"year": "2021"}, 1),
        ({"year": "2019..2021"}, 3),
        ({"year": "..2019"}, 3),
        ({"year": "2022.."}, 1),
        ({"part": "计划"}, 1),
        ({"part": "问题"}, 1),
        ({"unit": "柳塘镇"}, 2),
        ({"unit": "柳塘"}, 0),
        ({"format": "文本"}, 5),
        ({"format": "PDF"}, 0),
        (dict.fromkeys(("year", "part", "topic", "unit", "format", "sort", "limit", "offset"), ""), 5),
        ({"unknown": "1"}, 5),
    ],
)
def test_filters(get: Get, query: dict[str, str], total: int) -> None:
    body = get("/api/search", q="招商引资", **query)
    assert body["total"] == len(body["hits"]) == total


def test_filters_find_what_the_facets_promise(get: Get) -> None:
    whole = get("/api/search", q="招商引资")
    assert whole["facets"]["topic"]
    for name in ("year", "part", "topic"):
        for facet in whole["facets"][name]:
            body = get("/api/search", q="招商引资", **{name: facet["value"]})
            assert body["hits"] == [hit for hit in whole["hits"] if hit[name] == facet["value"]]
            assert body["total"] == facet["count"] == len(body["hits"])
    assert [facet["value"] for facet in whole["facets"]["format"]] == ["文本"]
    for name in ("unit", "format"):
        assert whole["facets"][name]
        for facet in whole["facets"][name]:
            body = get("/api/search", q="招商引资", **{name: facet["value"]})
            assert body["total"] == facet["count"] == len(body["hits"])


def test_limit_and_offset(get: Get) -> None:
    whole = get("/api/search", q="灯塔", limit=100)
    assert len(whole["hits"]) == whole["total"] == 45
    assert len(get("/api/search", q="灯塔")["hits"]) == 10
    assert get("/api/search", q="灯塔", limit=7, offset=12)["hits"] == whole["hits"][12:19]
    none = get("/api/search", q="灯塔", limit=0)
    assert (none["hits"], none["total"], none["facets"]) == ([], whole["total"], whole["facets"])
    assert get("/api/search", q="灯塔", offset=2**31 - 1)["hits"] == []
    assert get("/api/search", q="灯塔", limit=100_000)["total"] == 45


def test_sort(get: Get) -> None:
    newest = [h["year"] for h in get("/api/search", q="招商引资", sort="newest")["hits"]]
    assert newest == sorted(newest, reverse=True)
    assert newest[0] == 2022
    oldest = [h["year"] for h in get("/api/search", q="招商引资", sort="oldest")["hits"]]
    assert oldest == sorted(oldest)
    assert oldest[0] == 2018


def test_empty_query_with_filters_lists_all(get: Get) -> None:
    assert get("/api/search", year="2017")["total"] >= 45


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ({"limit": "abc"}, "limit"),
        ({"limit": "100001"}, "limit"),
        ({"limit": "-1"}, "limit"),
        ({"limit": "9" * 5000}, "limit"),
        ({"limit": "1.5"}, "limit"),
        ({"offset": "-1"}, "offset"),
        ({"offset": "x"}, "offset"),
        ({"offset": "9" * 20}, "offset"),
        ({"year": "二〇一九"}, "year"),
        ({"year": ".."}, "year"),
        ({"year": "2019.."[:3]}, "year"),
        ({"part": "总"}, "part"),
        ({"topic": "<script>"}, "topic"),
        ({"format": "docx"}, "format"),
        ({"sort": "best"}, "sort"),
    ],
)
def test_bad_parameters(get: Get, query: dict[str, str], named: str) -> None:
    body = get("/api/search", 400, q="招商引资", **query)
    assert list(body) == ["error"]
    assert named in body["error"]
    assert "\n" not in body["error"]


@pytest.mark.parametrize(
    "query", ['"', "((((", "-", "|", "title:", "year:x", "\x00", "a" * 5000, "\ud83d", "“”"]
)
def test_no_query_is_an_error(get: Get, query: str) -> None:
    SearchBody.model_validate_json(
        json.dumps(get("/api/search", q=query.encode("utf-8", "replace").decode())), strict=True
    )


# -- through the years ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "query", [{}, {"part": "总结"}, {"unit": "柳塘镇"}, {"format": "文本"}, {"format": "OFD"}]
)
@pytest.mark.parametrize("q", ["招商引资", "灯塔", "“没有这句话”", ""])
def test_years_are_what_the_searches_find(get: Get, q: str, query: dict[str, str]) -> None:
    body = get("/api/years", q=q, **query)
    YearsBody.model_validate_json(json.dumps(body), strict=True)
    whole = get("/api/search", q=q, limit=1000, **query)
    assert (body["query"], body["total"], body["reports"]) == (q, whole["total"], whole["reports"])
    facets = [{"value": y["year"], "count": y["sections"]} for y in reversed(body["years"])]
    assert facets == whole["facets"]["year"]
    for year in body["years"]:
        assert year["reports"] == get("/api/search", q=q, limit=0, year=year["year"], **query)["reports"]
    undated = [hit["report"] for hit in whole["hits"] if hit["year"] is None]
    assert body["undated"] == {"sections": len(undated), "reports": len(set(undated))}


@pytest.mark.parametrize("year", ["2021", "2018..2019", "2019..", ""])
def test_years_of_a_stretch(get: Get, year: str) -> None:
    body = get("/api/years", q="招商引资", year=year)
    whole = get("/api/search", q="招商引资", limit=0, year=year)
    assert (body["total"], body["reports"]) == (whole["total"], whole["reports"])
    facets = [{"value": y["year"], "count": y["sections"]} for y in reversed(body["years"])]
    assert facets == whole["facets"]["year"] != []


def test_years_of_parameters_that_are_none(get: Get) -> None:
    assert "format" in get("/api/years", 400, format="docx")["error"]
    assert "year" in get("/api/years", 400, year="去年")["error"]


# -- reports, status, the document ---------------------------------------------------------------------


def test_report(get: Get, built: Path, files: dict[str, str], report_of: Callable[[str], str]) -> None:
    for name in files:
        body = get(f"/api/reports/{report_of(name)}")
        assert body == json.loads(json.dumps(as_json.report_json(Library(built).report(report_of(name)))))
        assert body["file"] == f"资料/{name}"
        ReportBody.model_validate_json(json.dumps(body), strict=True)


def test_unknown_report(get: Get) -> None:
    assert list(get("/api/reports/nosuchreport", 404)) == ["error"]
    assert list(get("/api/reports/%3Cscript%3E", 404)) == ["error"]


def test_status(get: Get, built: Path) -> None:
    body = get("/api/status")
    assert body == as_json.status_json(*Library(built).status())
    assert (body["files"], body["reports"]) == (4, 4)
    StatusBody.model_validate_json(json.dumps(body), strict=True)


@pytest.mark.parametrize(("scheme", "name"), [("http", "gaoku"), ("https", "__Host-gaoku")])
def test_document_names_the_cookie(client: FlaskClient, scheme: str, name: str) -> None:
    body = client.get("/api/openapi.json", base_url=f"{scheme}://localhost").get_json()
    assert body["components"]["securitySchemes"]["session"]["name"] == name


def test_document_describes_every_route(app: Flask, get: Get) -> None:
    body = get("/api/openapi.json")
    routes = {
        rule.rule.replace("<", "{").replace(">", "}")
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/") and rule.rule != "/api/openapi.json"
    }
    assert (
        set(body["paths"])
        == routes
        == {
            "/api/search",
            "/api/years",
            "/api/suggest",
            "/api/similar",
            "/api/families",
            "/api/families/{family}",
            "/api/reports/{report}",
            "/api/status",
        }
    )
    search_route = body["paths"]["/api/search"]["get"]
    assert [p["name"] for p in search_route["parameters"]] == [
        *("q", "year", "part", "topic", "unit", "format", "sort", "fold", "limit", "offset")
    ]
    assert {"200", "400", "503"} <= set(search_route["responses"])
    for route in body["paths"].values():
        for status, response in route["get"]["responses"].items():
            schema = response["content"]["application/json"]["schema"]
            assert schema["$ref"].startswith("#/components/schemas/")
            assert schema["$ref"].rpartition("/")[2] in body["components"]["schemas"]
            assert (status == "200") == (not schema["$ref"].endswith("/ErrorBody"))


# -- errors ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/api", "/api/", "/api/nothing", "/api/openapi", "/api/search/x"])
def test_unknown_paths_are_json_too(get: Get, path: str) -> None:
    assert list(get(path, 404)) == ["error"]


def test_wrong_method_is_json(client: FlaskClient) -> None:
    response = client.post("/api/search")
    assert response.status_code == 405
    assert list(response.json or ()) == ["error"]


@pytest.mark.parametrize("path", ["/api/search?q=x", "/api/status", "/api/reports/x"])
def test_no_index(corpus: Corpus, path: str) -> None:
    response = create_app(corpus.index).test_client().get(path)
    assert response.status_code == 503
    assert response.json == {"error": "there is no index yet; build one with: gaoku index PATH"}


@pytest.mark.parametrize(
    ("change", "said"),
    [(("whoosh 1", "whoosh 0"), "another version"), (('"format": 1', '"format": {'), "damaged")],
)
def test_unusable_index(corpus: Corpus, files: dict[str, str], change: tuple[str, str], said: str) -> None:
    corpus.write("园区.txt", files["园区.txt"])
    corpus.update()
    pointer = corpus.index / "gaoku.json"
    text = pointer.read_text("utf-8")
    if "whoosh" in change[0]:
        engine = json.loads(text)["analysis"]["engine"]
        pointer.write_text(text.replace(engine, "whoosh of old"), "utf-8")
    else:
        assert change[0] in text
        pointer.write_text(text.replace(*change), "utf-8")
    client = create_app(corpus.index).test_client()
    response = client.get("/api/search?q=x")
    assert response.status_code == 503
    assert said in response.json["error"]  # type: ignore[index]  # an object
    assert str(corpus.index) not in response.text
    page = client.get("/?q=x")
    assert page.status_code == 503
    assert "gaoku index --rebuild" in page.text
    assert str(corpus.index) not in page.text


def test_unexpected_exception_is_logged_and_not_told(
    app: Flask, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(self: Library) -> None:
        raise RuntimeError("secret of the house")

    monkeypatch.setattr(Library, "status", fail)
    with caplog.at_level(logging.ERROR):
        response = app.test_client().get("/api/status")
        page = app.test_client().get("/")
    assert response.status_code == page.status_code == 500
    assert list(response.json or ()) == ["error"]
    assert "出了点问题" in page.text
    for text in (response.text, page.text):
        assert "secret" not in text
        assert "Traceback" not in text
    assert "secret of the house" in caplog.text
    assert "GET /api/status" in caplog.text


def test_headers_everywhere(client: FlaskClient) -> None:
    for path in ("/", "/?q=招商引资", "/nothing", "/api/status", "/api/nothing", "/static/gaoku.css"):
        headers = client.get(path).headers
        assert headers.getlist("Content-Security-Policy")[0].startswith("default-src 'self';")
        assert headers.getlist("X-Content-Type-Options") == ["nosniff"]
        assert headers.getlist("Referrer-Policy") == ["same-origin"]


def test_answers_follow_updates(corpus: Corpus, files: dict[str, str]) -> None:
    client = create_app(corpus.index).test_client()
    assert client.get("/api/search?q=灯塔").status_code == 503
    corpus.write("园区.txt", files["园区.txt"])
    corpus.update()
    assert client.get("/api/search?q=灯塔").json["total"] == 0  # type: ignore[index]  # an object
    corpus.write("海港.txt", files["海港.txt"])
    corpus.update()
    assert client.get("/api/search?q=灯塔").json["total"] == 45  # type: ignore[index]  # an object
    (corpus.folder / "海港.txt").unlink()
    corpus.update()
    assert client.get("/api/search?q=灯塔").json["total"] == 0  # type: ignore[index]  # an object


# -- repeated and similar texts, what is typed --------------------------------------------------------


def test_suggest(get: Get) -> None:
    body = get("/api/suggest", q="招商")
    SuggestBody.model_validate(body)
    assert body["query"] == "招商"
    assert {"text": "招商引资", "query": "招商引资", "kind": "term", "count": 5} in body["completions"]
    assert get("/api/suggest", q="zsyz")["completions"][0]["text"] == "招商引资"
    assert get("/api/suggest") == {"query": "", "completions": []}
    assert len(get("/api/suggest", q="招", limit=1)["completions"]) == 1
    for limit in (0, 51, "x"):
        assert "limit" in get("/api/suggest", 400, q="招", limit=limit)["error"]


def test_a_typing_error_is_answered_with_a_suggestion(get: Get) -> None:
    body = get("/api/search", q="招伤引资")
    assert (body["total"], body["suggestions"]) == (0, [{"query": "招商引资", "kind": "pinyin", "total": 5}])
    assert get("/api/search", q="招商引资")["suggestions"] == []


def answer_of(response: Any) -> str:
    """What an error says."""
    return str(response.json["error"])


def test_similar_to_what_is_there_and_to_a_draft(get: Get, client: FlaskClient) -> None:
    hit = get("/api/search", q="“茶园面积”")["hits"][0]
    body = get("/api/similar", to=hit["section"])
    SimilarBody.model_validate(body)
    assert hit["section"] not in {h["section"] for h in body["hits"]}
    draft = "各位代表：茶园面积1.45万亩，引进企业五家。"
    answer = client.post("/api/similar", json={"text": draft})
    SimilarBody.model_validate(answer.json)
    assert answer.json
    first = answer.json["hits"][0]
    assert first["report"] == hit["report"]
    (shared, *_) = first["shared"]
    assert (shared["text"][:8], shared["past"][:8]) == ("茶园面积1.45", "茶园面积1.33")
    assert draft[slice(*shared["source"])] == shared["text"]
    refusals: list[dict[str, Any]] = [
        {"data": "x"},
        *({"json": body} for body in ([1], {"text": 5}, {"text": " "}, {})),
    ]
    for wrong in refusals:
        refused = client.post("/api/similar", **wrong)
        assert (refused.status_code, list(refused.json or {})) == (400, ["error"])
        assert not answer_of(refused).startswith(":")
    for wrong in ({"data": "x"}, {"json": [1]}, {"data": "{", "content_type": "application/json"}):
        refused = client.post("/api/similar", **wrong)
        assert answer_of(refused) == "the body must be a JSON object, sent as application/json"
    assert client.post("/api/similar", json={"text": draft, "limit": ""}).json == answer.json
    assert get("/api/similar", to=hit["section"], limit="") == body
    for nothing in ("", " "):
        assert get("/api/similar", 400, to=nothing)["error"] == "to: name a report or a section by its id"
    assert "error" in get("/api/similar", 400)
    assert "no such report" in get("/api/similar", 404, to="nope")["error"]


@pytest.mark.parametrize(
    "spaced",
    [{"part": " 总结"}, {"topic": "招商引资 "}, {"unit": " 澄川园区 "}, {"format": "文本 "},
     {"year": " 2021 "}, {"sort": "newest "}, {"fold": " true"}, {"limit": " 5"}, {"part": " "}],
)  # fmt: skip
def test_white_space_around_a_parameter_does_not_count(get: Get, spaced: dict[str, str]) -> None:
    bare = {name: value.strip() for name, value in spaced.items()}
    found, expected = (get("/api/search", q="招商引资", **given) for given in (spaced, bare))
    assert found["hits"] == expected["hits"]


@pytest.mark.parametrize(
    ("limit", "most"), [("1", 1), (" 1 ", 1), (True, 1), (1.0, 1), ("", 10), ("100", 100)]
)
def test_the_limit_of_a_draft_in_any_form(client: FlaskClient, limit: Any, most: int) -> None:
    draft = "各位代表：茶园面积1.45万亩，引进企业五家。"
    found = client.post("/api/similar", json={"text": draft, "limit": limit})
    assert found.status_code == 200
    assert found.json == client.post("/api/similar", json={"text": draft, "limit": most}).json


def test_families(get: Get) -> None:
    body = get("/api/families", level="paragraph")
    FamiliesBody.model_validate(body)
    assert (body["level"], body["threshold"], body["total"]) == ("paragraph", 0.8, len(body["families"]))
    assert get("/api/families", level="", min_copies="", limit="", offset="")["level"] == "section"
    assert "level" in get("/api/families", 400, level="word")["error"]
    assert "min_copies" in get("/api/families", 400, min_copies=0)["error"]
    assert "no such family" in get("/api/families/s-nope-1", 404)["error"]
    for family in body["families"]:
        one = get(f"/api/families/{family['id']}")
        OneFamilyBody.model_validate(one)
        assert {name: one[name] for name in family} == family


def test_families_of_one_and_the_default_limit(get: Get) -> None:
    """Where one copy is enough, every section is listed, by 100, and every id leads somewhere."""
    body = get("/api/families", min_copies=1, limit=1000)
    whole = body["families"]
    assert body["total"] == len(whole) == get("/api/status")["sections"]
    few = get("/api/families", min_copies=1)
    assert (few["total"], few["families"]) == (len(whole), whole[:100])
    alone = next(f for f in whole if f["copies"] == 1)
    assert get(f"/api/families/{alone['id']}")["slots"] == []


@pytest.mark.parametrize("path", ["/", "/?q=招商引资", "/api/search?q=招商引资"])
def test_what_a_page_needs_is_compressed(client: FlaskClient, path: str) -> None:
    plain = client.get(path)
    packed = client.get(path, headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in packed.headers["Vary"]
    took = re.compile(rb'"took_ms": *[\d.e-]+|[\d.,]+ (?:\xe6\xaf\xab)?\xe7\xa7\x92')  # 毫秒, 秒
    assert took.sub(b"", gzip.decompress(packed.data)) == took.sub(b"", plain.data)


def test_files_go_as_they_are(client: FlaskClient) -> None:
    found = client.get("/api/search", query_string={"q": "招商引资"}).get_json()
    answer = client.get(f"/original/{found['hits'][0]['report']}", headers={"Accept-Encoding": "gzip"})
    assert answer.status_code == 200
    assert "Content-Encoding" not in answer.headers
