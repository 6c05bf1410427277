"""Who may log in: names, hashes of passwords, and the key that sessions are signed with.

All of it is in the settings folder, readable by its owner alone: ``users.json`` and ``secret.key``.
"""

from __future__ import annotations

import json
import os
import secrets
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from filelock import FileLock
from werkzeug.security import check_password_hash, generate_password_hash

from indexer.atomic import replacing
from indexer.errors import GaokuError, NotFoundError, UsageError

USERS = "users.json"
KEY = "secret.key"
_LOCK = ".users.lock"

LONGEST_NAME = 64  # characters
SHORTEST_PASSWORD = 8  # characters
LONGEST_PASSWORD = 1024  # characters: what is sent is hashed before anyone is known

_METHOD = "scrypt:32768:8:1"
#: The hash of no password. An unknown name is checked against it, so that it takes as long as a known one.
_NOBODYS = f"{_METHOD}${'0' * 16}${'0' * 128}"
_SIGNS = frozenset("._-@")  # besides letters and digits of any script; a colon would end a name in HTTP Basic
_KEY_BYTES = 32
#: Rows of keys, there and back; any piece of one is guessed first.
_ROWS = tuple(
    piece
    for row in (
        "1234567890",
        "qwertyuiop",
        "asdfghjkl",
        "zxcvbnm",
        "abcdefghijklmnopqrstuvwxyz",
        "1q2w3e4r5t",
        "password",
    )
    for piece in (row, row[::-1])
)


@dataclass(frozen=True, slots=True)
class User:
    """One who may log in. ``session`` is new with each password: sessions begun under another are over."""

    name: str
    password: str  # its hash, as werkzeug.security writes it
    session: str


@dataclass(frozen=True, slots=True)
class Changes:
    """What became of the users, by name, where others took their place; ``changed``: the password."""

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


class Users:
    """The users of a settings folder; read again whenever the file has changed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._file = folder / USERS
        self._stamp: tuple[int, int, int] | None = None
        self._known: dict[str, User] = {}

    def all(self) -> dict[str, User]:
        """By name. Raises GaokuError where the file is there and cannot be used: no door opens for that."""
        try:
            status = self._file.stat()
        except FileNotFoundError:
            self._stamp, self._known = None, {}
            return {}
        except OSError as error:
            raise GaokuError(f"{self._file} cannot be read: {error.strerror or error}") from error
        stamp = (status.st_mtime_ns, status.st_size, status.st_ino)
        if stamp != self._stamp:
            known = self._read()
            self._known, self._stamp = known, stamp
        return self._known

    def require_free(self, name: str) -> None:
        """Raises UsageError where the name is none or taken."""
        name = clean_name(name)
        if name in self.all():
            raise UsageError(f"there is a user {name}; a new password: gaoku user passwd {name}")

    def require_known(self, name: str) -> None:
        """Raises UsageError where the name is none, NotFoundError where nobody has it."""
        if clean_name(name) not in self.all():
            raise _unknown(clean_name(name))

    def find(self, name: str) -> User | None:
        """The user of this name."""
        try:
            return self.all().get(clean_name(name))
        except UsageError:
            return None

    def check(self, name: str, password: str) -> User | None:
        """The user, if the password is theirs. It takes as long whether or not there is such a user."""
        user = self.find(name)
        given = _plain(password[:LONGEST_PASSWORD])
        right = check_password_hash(user.password if user else _NOBODYS, given)
        return user if user and right and len(password) <= LONGEST_PASSWORD else None

    def add(self, name: str, password: str) -> User:
        """Let someone in. Raises UsageError for a name that is taken or none, or too short a password."""
        name = clean_name(name)
        with self._changing() as users:
            self.require_free(name)
            users[name] = _user(name, password)
            return users[name]

    def change_password(self, name: str, password: str) -> User:
        """A new password; sessions begun under the old one end. Raises NotFoundError, UsageError."""
        name = clean_name(name)
        with self._changing() as users:
            self.require_known(name)
            users[name] = _user(name, password)
            return users[name]

    def remove(self, name: str) -> None:
        """Let someone in no more; their sessions end. Raises NotFoundError."""
        name = clean_name(name)
        with self._changing() as users:
            if users.pop(name, None) is None:
                raise _unknown(name)

    def put_back(self, saved: Mapping[str, User]) -> Changes:
        """Let in those of a backup and nobody else. All sessions end, and earlier ones do not count again."""
        with locked(self.folder):
            try:
                before = dict(self.all())
            except GaokuError:  # what is damaged is what one restores
                before = {}
            self._write({name: replace(user, session=_session()) for name, user in saved.items()})
        return Changes(
            added=tuple(sorted(saved.keys() - before.keys())),
            changed=tuple(
                sorted(n for n in saved.keys() & before if saved[n].password != before[n].password)
            ),
            removed=tuple(sorted(before.keys() - saved.keys())),
        )

    def _read(self) -> dict[str, User]:
        try:
            return users_in(self._file.read_bytes())
        except OSError as error:
            raise GaokuError(f"{self._file} cannot be read: {error.strerror or error}") from error
        except ValueError as error:
            raise GaokuError(
                f"{self._file} is damaged: put back a copy, or remove it and add the users again"
            ) from error

    @contextmanager
    def _changing(self) -> Iterator[dict[str, User]]:
        """What is changed here is written at the end, whole or not at all, by one process at a time."""
        with locked(self.folder):
            users = dict(self.all())
            yield users
            self._write(users)

    def _write(self, users: Mapping[str, User]) -> None:
        entries = [asdict(users[name]) for name in sorted(users)]
        text = json.dumps({"users": entries}, ensure_ascii=False, indent=1)
        write_private(self._file, text.encode("utf-8"))
        self._stamp = None


def users_in(content: bytes) -> dict[str, User]:
    """The users that a ``users.json`` names, by name. Raises ValueError."""
    try:
        users = [User(**entry) for entry in json.loads(content)["users"]]
    except (TypeError, KeyError, RecursionError) as error:
        raise ValueError("no list of users") from error
    if not all(isinstance(value, str) for user in users for value in asdict(user).values()):
        raise ValueError("a value that is no text")
    return {user.name: user for user in users}


def clean_name(name: str) -> str:
    """The one form of a name: NFKC, lower case. Raises UsageError for what is none."""
    name = unicodedata.normalize("NFKC", name).casefold()
    plain = name[:1].isalnum() and all(c.isalnum() or c in _SIGNS for c in name)
    if not plain or len(name) > LONGEST_NAME:
        raise UsageError(
            f"a name has 1 to {LONGEST_NAME} letters or digits, after the first . _ - @ among them"
        )
    return name


def secret_key(folder: Path) -> bytes:
    """The key of a settings folder, 32 bytes; made with the first call, once, whoever calls at the same time.

    Raises OSError where there is none and none can be written, GaokuError where the file holds none.
    """
    path = folder / KEY
    if not path.exists():
        with locked(folder):
            if not path.exists():
                write_private(path, secrets.token_hex(_KEY_BYTES).encode())
    try:
        key = bytes.fromhex(path.read_text("ascii"))
    except ValueError:
        key = b""
    if len(key) != _KEY_BYTES:
        raise GaokuError(f"{path} is damaged: remove it, and everyone logs in once more")
    if os.name == "posix" and path.stat().st_mode & 0o077:
        path.chmod(0o600)
    return key


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """One process at a time changes what is private in a settings folder. It is made where it is missing."""
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / _LOCK, mode=0o600):
        yield


def write_private(path: Path, content: bytes) -> None:
    """Put a file in place whole, readable by its owner alone."""
    with replacing(path, 0o600) as stream:
        stream.write(content)


def _user(name: str, password: str) -> User:
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise UsageError(f"a password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD:,} characters")
    if _is_guessed_first(name, password):
        raise UsageError("this password is among the first that are guessed; choose another")
    return User(name, generate_password_hash(_plain(password), _METHOD), _session())


def _session() -> str:
    return secrets.token_hex(8)


def _is_guessed_first(name: str, password: str) -> bool:
    """The name itself, once or more; one character or few; a row of keys or of figures."""
    password = _plain(password).casefold()
    rest = password.replace(name, "")
    return not rest or len(set(password)) < 4 or any(password in row * 2 for row in _ROWS)


def _plain(password: str) -> str:
    """One password, however the keyboard composes its characters; a lone surrogate is none."""
    return unicodedata.normalize("NFKC", password).encode("utf-8", "replace").decode("utf-8")


def _unknown(name: str) -> NotFoundError:
    return NotFoundError(f"there is no user {name}; see: gaoku user list")
