"""A small index, built from files that are written here, and the application over it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from indexer import build, users
from indexer.model import report_id
from indexer.settings import Settings

GARDEN = """澄川园区2021年工作总结及2022年工作计划

【字体：大 中 小】

今年以来，园区各项工作平稳推进，现将有关情况报告如下。

一、2021年工作总结

（一）招商引资取得突破

全年招商引资到位资金41亿元，新签约项目27个。招商引资队伍壮大。

（二）項目建設穩步推進

全年實施項目建設ＡＢＣ類３２个，面积６㎡，园区面貌一新。

二、2022年工作计划

（一）抓招商引资

继续抓招商引资和产业链。
"""

TOWN = """柳塘镇2019年工作总结

一、主要成绩

（一）茶园

茶园面积1.33万亩。引进企业三家，招商引资开了头。

二、存在问题

资金不足，招商引资缺少人手。
"""

HOSTILE = """<script>alert(1)</script>"园区"2018年工作总结

一、<img src=x onerror=alert(2)>主要工作

\u202e招商引资\u202c与'项目'</mark><script>alert(3)</script>&amp;灯火。
"""

#: The beginnings of the 45 sections that all hold the word 灯塔.
_TENS = ("", "十", "二十", "三十", "四十")
_UNITS = ("", "一", "二", "三", "四", "五", "六", "七", "八", "九")
NUMERALS = tuple(t + u for t in _TENS for u in _UNITS if t + u)[:45]
LONG = "海港2017年工作总结\n\n" + "\n\n".join(
    f"{n}、第{n}项工作\n\n修好灯塔一座，编号{n}。" for n in NUMERALS
)

FILES = {
    "园区.txt": GARDEN,
    "柳塘.txt": TOWN,
    '<b>&"敌.txt': HOSTILE,
    "海港.txt": LONG,
}

#: What is written every year with other figures, and once something else: 25 sections that are alike.
YEARS = tuple(range(2000, 2025))
_CREEK = """溪口镇{year}年工作总结

一、农业生产

全年实现农业总产值{year}.{n}亿元，同比增长{n}%，粮食播种面积稳定在三万亩以上，农民收入稳步提高{more}。

二、{n}号工程

{own}
"""
#: A word of 10,000 characters, with what would be an element, a mark that turns the direction, an entity.
LONG_WORD = "<script>alert(1)</script>\u202e&amp;" + "abcdefghij" * 1000
_HOSTILE_TWICE = """<img src=x onerror=alert(2)>第{n}区{year}年工作总结

一、<b>\u202e主要工作</b>

{word}

这一段在两个文件里一模一样，有<script>alert(3)</script>，也有'引号'和"双引号"，还有&lt;。
今年是第{n}年。
"""

REPEATED = {
    **{
        f"溪口{year}.txt": _CREEK.format(
            year=year,
            n=year - 1999,
            more="，再创新高" if year == 2020 else "",
            own=f"{year}年的{chr(0x4E00 + year * 7 % 900)}工程如期完工。",
        )
        for year in YEARS
    },
    **{
        f"<b>敌{year}.txt": _HOSTILE_TWICE.format(year=year, n=year - 2016, word=LONG_WORD)
        for year in (2017, 2018)
    },
    "独一.txt": "月亮湾2016年工作总结\n\n一、渔业\n\n月亮湾的渔船全部换上了新的发动机，出海更稳当。",
}


@pytest.fixture(autouse=True)
def passwords_cost_little(monkeypatch: pytest.MonkeyPatch) -> None:
    """What they cost in earnest is tested with the users themselves; here many log in."""
    method = "scrypt:1024:8:1"
    monkeypatch.setattr(users, "_METHOD", method)
    monkeypatch.setattr(users, "_NOBODYS", users._NOBODYS.replace("scrypt:32768:8:1", method))


class Corpus:
    """A folder of files with its index."""

    def __init__(self, root: Path) -> None:
        self.folder = root / "资料"
        self.index = root / "index"
        self.folder.mkdir()

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text, "utf-8")

    def update(self) -> None:
        build.update(self.index, [self.folder], Settings(), jobs=1)


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    """An empty folder without an index."""
    return Corpus(tmp_path)


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index over FILES, for reading only."""
    corpus = Corpus(tmp_path_factory.mktemp("built"))
    for name, text in FILES.items():
        corpus.write(name, text)
    corpus.update()
    return corpus.index


@pytest.fixture(scope="session")
def repeated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index over REPEATED, for reading only."""
    corpus = Corpus(tmp_path_factory.mktemp("repeated"))
    for name, text in REPEATED.items():
        corpus.write(name, text)
    corpus.update()
    return corpus.index


@pytest.fixture
def app(built: Path) -> Flask:
    """The application over FILES."""
    from webui import create_app  # found only now: see above

    return create_app(built)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A client of the application."""
    return app.test_client()


@pytest.fixture
def page(client: FlaskClient) -> Callable[..., Element]:
    """Get a page, which must be well-formed, and read it."""
    return reader_of(client)


@pytest.fixture
def repeated_client(repeated: Path) -> FlaskClient:
    """A client of the application over REPEATED."""
    from webui import create_app

    return create_app(repeated).test_client()


@pytest.fixture
def again(repeated_client: FlaskClient) -> Callable[..., Element]:
    """Get a page over REPEATED, which must be well-formed, and read it."""
    return reader_of(repeated_client)


def token_of(client: FlaskClient) -> str:
    """The token of a page that this client was just sent."""
    tokens = read_html(client.get("/nothing").text).all("meta", name="csrf-token")
    return tokens[0].attrs["content"]


def reader_of(client: FlaskClient) -> Callable[..., Element]:
    """Gets pages and reads them; with ``post`` the fields of a form are sent."""

    def get(path: str, status: int = 200, post: dict[str, str] | None = None, **query: str | int) -> Element:
        if post is not None:
            response = client.post(
                path, data={**post, "csrf_token": token_of(client)}, content_type="multipart/form-data"
            )
        else:
            response = client.get(path, query_string=query or None)
        assert response.status_code == status, response.text
        assert response.content_type == "text/html; charset=utf-8"
        return read_html(response.text)

    return get


@pytest.fixture
def files() -> dict[str, str]:
    """The files behind ``app``, by name."""
    return FILES


@pytest.fixture
def report_of() -> Callable[[str], str]:
    """The id of the first report of a file, by the file's name."""
    return lambda name: report_id(f"资料/{name}", 1)


# -- a page, read as a browser would: enough of it to say what stands where ------------------------------

_VOID = {"meta", "link", "input", "br", "wbr", "circle", "path"}


@dataclass
class Element:
    """An element; ``children`` are elements and texts."""

    tag: str
    attrs: dict[str, str] = field(default_factory=dict)
    children: list[Element | str] = field(default_factory=list)

    def all(self, tag: str = "", **attrs: str) -> list[Element]:
        """The elements below that have this tag and these attributes (``class_`` is one of the classes)."""
        found = []
        for child in self.children:
            if isinstance(child, Element):
                if child._is(tag, attrs):
                    found.append(child)
                found += child.all(tag, **attrs)
        return found

    def one(self, tag: str = "", **attrs: str) -> Element:
        """The only such element."""
        found = self.all(tag, **attrs)
        assert len(found) == 1, f"{len(found)} of {tag} {attrs}"
        return found[0]

    def link(self, text: str) -> str:
        """Where the only link with this text leads."""
        found = [a.attrs["href"] for a in self.all("a") if a.text == text]
        assert len(found) == 1, f"{text}: {found} among {[a.text for a in self.all('a')]}"
        return found[0]

    def _is(self, tag: str, attrs: dict[str, str]) -> bool:
        for name, value in attrs.items():
            if name == "class_":
                if value not in self.attrs.get("class", "").split():
                    return False
            elif self.attrs.get(name) != value:
                return False
        return not tag or self.tag == tag

    @property
    def raw(self) -> str:
        """The text as it stands."""
        return "".join(c if isinstance(c, str) else c.raw for c in self.children)

    @property
    def text(self) -> str:
        """The text, white space folded."""
        return " ".join(self.raw.split())


class _Parser(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("")
        self.open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(element)
        if tag not in _VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open[-1].children.append(Element(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open[-1].tag == tag, f"</{tag}> closes <{self.open[-1].tag}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)


def read_html(text: str) -> Element:
    """The page as a tree. Fails where an element is not closed."""
    parser = _Parser()
    parser.feed(text)
    parser.close()
    assert [e.tag for e in parser.open] == [""], "an element is left open"
    return parser.root
