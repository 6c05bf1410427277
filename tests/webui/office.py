"""A folder with files of all sorts, letters and archives among them, its index, and a client over it."""

from __future__ import annotations

import io
import time
import zipfile
from email.message import EmailMessage
from pathlib import Path

from flask.testing import FlaskClient

from indexer.model import report_id
from tests.webui.conftest import Corpus, Element, read_html
from webui import create_app

TEXT = "澄川园区2021年工作总结\n\n一、招商引资\n\n全年招商引资到位资金41亿元。\n"
OTHER = "柳塘镇2019年工作总结\n\n一、茶园\n\n茶园面积1.33万亩。\n"
HTML = (
    "<html><head><script>alert(1)</script></head>"
    f"<body><h1>网页园区2020年工作总结</h1><p>一、招商引资</p><p>{'引进企业三家。' * 20}</p></body></html>"
)
SECRET = "机密园区2021年工作总结\n\n一、机密\n\n这是另一个文件夹里的机密。\n"


def zipped(members: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in members.items():
            packed.writestr(name, content)
    return stream.getvalue()


def letter(name: str, content: bytes) -> bytes:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@example.com", "b@example.com", "报送"
    message["Message-ID"] = "<1@example.com>"
    message.set_content("现将总结报上，请查收。")
    message.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes()


INNER = zipped({"里/内.txt": OTHER.encode()})
FILES = {
    "甲.txt": TEXT.encode(),
    "国标.txt": TEXT.encode("gb18030"),
    "甲.md": ("# " + TEXT).encode(),
    "页.html": HTML.encode(),
    "像文本.txt": HTML.encode(),
    "表.csv": "项目,金额\n路灯改造工程,12\n".encode(),
    "包.zip": zipped({"外/甲.txt": TEXT.encode(), "外/再包.zip": INNER, "../../逃.txt": SECRET.encode()}),
    "信.eml": letter("附.txt", OTHER.encode()),
    '子/引"号 & %2e;空.txt': TEXT.encode(),
}


class Office(Corpus):
    """A folder with its index, and a client of the application over it."""

    client: FlaskClient

    def address(self, file: str) -> str:
        """Where the original of the first report of a file is."""
        return f"/original/{report_id(f'资料/{file}', 1)}"

    def get(self, file: str, query: str = "", **headers: str) -> tuple[int, bytes, dict[str, str]]:
        """Status, content and headers of the original of the first report of a file."""
        answer = self.client.get(self.address(file) + query, headers=headers)
        return answer.status_code, answer.data, dict(answer.headers)

    def refused(self, file: str) -> Element:
        """The page that says why a file is not given; it leads back to the report."""
        status, content, headers = self.get(file)
        assert status in (404, 409, 503)
        assert headers["Content-Type"] == "text/html; charset=utf-8"
        assert "机密" not in content.decode()
        shown = read_html(content.decode())
        assert shown.one("main").link("回到报告") == f"/report/{report_id(f'资料/{file}', 1)}"
        return shown


def make_office(tmp_path: Path) -> Office:
    """The folder with all :data:`FILES`, a secret beside it, and their index."""
    office = Office(tmp_path)
    for name, content in FILES.items():
        path = office.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
    (tmp_path / "机密.txt").write_text(SECRET, "utf-8")
    time.sleep(0.05)  # until their times tell of any further change
    office.update()
    office.client = create_app(office.index).test_client()
    return office
