"""What is sent: a name for each attack, and the text of it."""

from __future__ import annotations

from tests.attacks.judging import EVIL, MARK

#: Each would be an element, an attribute or an address to run, if it were not taken for text.
MARKUP: dict[str, str] = {
    "element": f"<{MARK}>",
    "script": f"<script>{MARK}()</script>",
    "picture": f"<img src=x onerror={MARK}()>",
    "out of an attribute": f'"><{MARK} a="',
    "out of an attribute, other quotes": f"'><{MARK} a='",
    "another attribute": f'" {MARK}=1 onfocus={MARK}() autofocus x="',
    "another attribute, no quotes": f" {MARK}=1 on{MARK}={MARK}()",
    "out of a title, a box, a script": f"</title></textarea></script></style><{MARK}>",
    "out of a comment": f"--><{MARK}><!--",
    "address that runs": f"javascript:{MARK}()",
    "address that runs, disguised": f"\tjAvA\nscript:{MARK}()//",
    "address with a page in it": f"data:text/html,<{MARK}>",
    "template": f"{{{{ '{MARK}' * 3 }}}}{{% if 1 %}}${{7*7}}#{{7*7}}",
    "entities": f"&lt;{MARK}&gt;&#60;{MARK}&#62;&quot;",
    "wide signs": f"\uff1c{MARK}\uff1e\uff02",
    "NUL within": f"<\0{MARK}>\0",
    "half a pair": f"<{MARK}>\ud800",
    "turned direction": f"\u202e<{MARK}>\u2066",
    "XML": f"]]><{MARK}/><?{MARK}?>",
}

#: Each would be a line of its own in the head of an answer.
LINES: dict[str, str] = {
    "a line": f"x\r\n{MARK}: 1",
    "a body": f"x\r\n\r\n<{MARK}>",
    "a line feed": f"x\n{MARK}: 1",
    "a carriage return": f"x\r{MARK}: 1",
    "other line ends": f"x\u2028{MARK}: 1\u0085\x0b\x0c",
    "letters that shrink to line ends": f"x\u560d\u560a{MARK}: 1",
    "parameters of a header": f'x"; filename="{MARK}.html"; a*=UTF-8\'\'{MARK}.html',
}

#: Each would lead a browser elsewhere.
ELSEWHERE: dict[str, str] = {
    "whole address": f"http://{EVIL}/",
    "no scheme": f"//{EVIL}",
    "backslashes": f"\\\\{EVIL}",
    "slash and backslash": f"/\\{EVIL}",
    "a tab between": f"/\t/{EVIL}",
    "a line end between": f"/\n/{EVIL}",
    "a control before": f"\x01//{EVIL}",
    "encoded": f"/%2f{EVIL}",
    "encoded twice": f"%252f%252f{EVIL}",
    "wide slashes": f"\uff0f\uff0f{EVIL}",
    "no slashes": f"https:{EVIL}",
    "as a user": f"http://localhost@{EVIL}/",
    "up and out": f"/..//{EVIL}",
    "here and out": f"/.//{EVIL}",
    "runs": "javascript:alert(1)",
    "a page": "data:text/html,x",
}

_UP = "../" * 8


def ways_to(*files: str) -> dict[str, str]:
    """Texts that would lead to these files (absolute paths), taken for a path."""
    ways: dict[str, str] = {}
    for n, file in enumerate(files):
        below = file.lstrip("/")
        ways |= {
            f"absolute {n}": file,
            f"up {n}": _UP + below,
            f"up, encoded {n}": (_UP + below).replace("../", "%2e%2e%2f"),
            f"up, encoded twice {n}": (_UP + below).replace("../", "%252e%252e%252f"),
            f"up, backslashes {n}": (_UP + below).replace("/", "\\"),
            f"up, doubled {n}": (_UP + below).replace("../", "....//"),
            f"an address {n}": f"file://{file}",
            f"NUL behind {n}": f"{_UP}{below}\0.txt",
            f"drive {n}": f"C:{file}",
            f"shared folder {n}": f"//localhost{file}",
        }
    return ways


#: Bytes of a path that are no UTF-8: ``..`` and ``/`` written too long.
OVERLONG = (b"\xc0\xae\xc0\xae\xc0\xaf" * 8, b"\xe0\x80\xae\xe0\x80\xae\xe0\x80\xaf" * 8, b"\xff\xfe/../..")

#: Each would be reckoned by a spreadsheet. No more of them is left in a file's name than it may have.
FORMULAS: dict[str, str] = {
    "sum": "=1+1",
    "command": "=cmd|' -C calc'!A0",
    "link": '=HYPERLINK("http://evil.example")',
    "plus": "+1+1",
    "minus": "-1+1",
    "at": "@SUM(1+1)",
    "tab": "\t=1+1",
    "space": " =1+1",
    "wide space": "\u3000=1+1",
    "no-break space": "\xa0@SUM(1+1)",
    "no width": "\u200b=1+1",
    "mark of the byte order": "\ufeff=1+1",
    "wide": "\uff1d1+1",
    "quote": '"=1+1',
    "out of the cell": '","=1+1","',
    "a line of its own": '"\r\n=1+1',
}
