"""Added files are taken out again, and put back: by forms, with and without scripts."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Flask, current_app, redirect, request
from flask.typing import ResponseReturnValue

from indexer.uploads import NotThereError, UploadError
from webui import access, added, files, pages, wording
from webui.indexing import indexing

blueprint = Blueprint("taking_out", __name__)


def install(app: Flask, count: Callable[[str], None]) -> None:
    """Let added files be taken out. ``count`` is told what was done: taken_out or put_back."""
    app.extensions["gaoku-taken-out-counted"] = count
    app.register_blueprint(blueprint)


@blueprint.post("/add/take-out")
def take_out() -> ResponseReturnValue:
    """Take an added file (``file``: its path below the folder for them) out of the index; it is kept."""
    added.inbox().check_folder()
    try:
        taken = added.removed().take_out(request.form.get("file", ""))
    except NotThereError:
        return pages.told(
            404, "没有这个文件", "它可能刚被移出，或不是在网页上添加的。移出的文件在“文件”一页里可以放回。"
        )
    except UploadError as error:
        return pages.told(409, "没有移出", f"{wording.in_chinese(str(error))}。文件还在原处。")
    _done("taken out", taken.file, taken.size)
    return _to_list("out", taken.stamp)


@blueprint.post("/add/put-back")
def put_back() -> ResponseReturnValue:
    """Put a file that was taken out (``stamp``) back to where it was."""
    try:
        file, size = added.removed().put_back(request.form.get("stamp", ""))
    except NotThereError:
        added.inbox().check_folder()
        return pages.told(404, "没有这个文件", "它可能刚被放回，或已被管理员清理。")
    except UploadError as error:
        return pages.told(409, "没有放回", f"{wording.in_chinese(str(error))}。文件还在已移出的文件里。")
    _done("put back", file, size)
    return _to_list("back", file)


def _to_list(what: str, file: str) -> ResponseReturnValue:
    """To the list of files as it was, and to the place in it, as far as the form has them."""
    at = added.place_in_list(request.form)
    done: dict[str, str | int] = {what: file, **({"at": at} if at else {})}
    return redirect(files.FilesAddress.read(request.form).told(done, "done"), 303)


def _done(what: str, file: str, size: int) -> None:
    """Count and record it, and have the index follow."""
    count: Callable[[str], None] = current_app.extensions["gaoku-taken-out-counted"]
    count(what.replace(" ", "_"))
    access.record(what, file=file, size=size)
    indexing().follow()
