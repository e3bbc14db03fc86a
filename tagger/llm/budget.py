"""What requests may cost, in tokens and in money: reserved before a request, settled after it, kept on disk.

A request reserves the most that it can cost, in one transaction with the comparison, so that concurrent ones cannot
pass the budget together. What a killed process had reserved stays spent, since its request may have been answered.
"""

import contextlib
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from index.errors import StaleArtifact

_WAIT_S: Final = 30.0
# Prices are for a million tokens, as providers give them, and amounts are whole numbers of millionths of millionths:
# a sum of floats would drift.
_MILLION: Final = 1_000_000
_TABLES: Final = """
create table if not exists spent (tokens integer not null, money integer not null);
create table if not exists reserved (id integer primary key, tokens integer not null, money integer not null);
create table if not exists shown (products integer not null, asked integer not null);
create table if not exists answers (key text primary key, product text not null, answer text not null);
insert into spent select 0, 0 where not exists (select * from spent);
insert into shown select 0, 0 where not exists (select * from shown);
"""


@contextlib.contextmanager
def held_open(path: Path) -> Iterator[None]:
    """Keep the file open, which makes the transactions inside quick: the log is written back when the last closes."""
    try:
        with _opened(path):
            yield
    except (sqlite3.Error, OSError) as error:
        raise StaleArtifact("llm.ledger", path=path, reason=error) from error


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    path.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.closing(sqlite3.connect(path, timeout=_WAIT_S, isolation_level=None)) as connection:
        # With a log, a commit does not wait for the disk. A kill loses nothing; a power failure may lose the last of
        # them, but leaves the file whole.
        connection.execute("pragma journal_mode = wal")
        connection.execute("pragma synchronous = normal")
        if not connection.execute("select 1 from sqlite_master where name = 'answers'").fetchone():
            connection.executescript(f"begin immediate; {_TABLES} commit;")
        yield connection


@contextlib.contextmanager
def connect(path: Path, *, writes: bool = True) -> Iterator[sqlite3.Connection]:
    """Open the file for one transaction, which is committed on exit, and undone if an error leaves the context.

    Without `writes` it does not wait for others that write.

    Raises `StaleArtifact` if the file is damaged, or cannot be written: what was spent would be forgotten.
    """
    try:
        # A connection for each transaction, so that threads and forked processes share none.
        with _opened(path) as connection:
            connection.execute("begin immediate" if writes else "begin")
            try:
                yield connection
            except BaseException:
                connection.execute("rollback")
                raise
            connection.execute("commit")
    except (sqlite3.Error, OSError) as error:
        raise StaleArtifact("llm.ledger", path=path, reason=error) from error


@dataclass(frozen=True)
class Prices:
    """The prices of a million tokens read and written, in any currency."""

    read: float = 0.0
    written: float = 0.0

    def cost(self, read: int, written: int) -> int:
        """Return the cost of a request in millionths of a millionth of the currency."""
        return read * round(self.read * _MILLION) + written * round(self.written * _MILLION)


@dataclass(frozen=True)
class Spent:
    """What was spent, what is reserved for requests under way included."""

    tokens: int
    money: float


@dataclass(frozen=True)
class Reservation:
    """What a request may cost at most."""

    id: int
    tokens: int
    money: int


class Budget:
    """The budget of a store, in a file that several processes may share. A limit of 0 is no limit."""

    def __init__(self, path: Path, prices: Prices, *, tokens: int, money: float) -> None:
        self._path = path
        self._prices = prices
        self._tokens = tokens
        self._money = round(money * _MILLION * _MILLION)

    def reserve(self, read: int, written: int) -> Reservation | None:
        """Reserve the cost of a request of at most `read` and `written` tokens; None if the budget is too small.

        Raises `StaleArtifact` if the file is damaged.
        """
        tokens, money = read + written, self._prices.cost(read, written)
        with connect(self._path) as ledger:
            spent_tokens, spent_money = _sum(ledger)
            if self._tokens and spent_tokens + tokens > self._tokens:
                return None
            if self._money and spent_money + money > self._money:
                return None
            row = ledger.execute("insert into reserved (tokens, money) values (?, ?)", (tokens, money))
            assert row.lastrowid is not None
            return Reservation(row.lastrowid, tokens, money)

    def settle(self, reservation: Reservation, usage: tuple[int, int] | None) -> None:
        """Replace a reservation with the tokens read and written; None if the server does not tell: all was spent."""
        tokens, money = reservation.tokens, reservation.money
        if usage is not None:
            tokens, money = sum(usage), self._prices.cost(*usage)
        with connect(self._path) as ledger:
            ledger.execute("delete from reserved where id = ?", (reservation.id,))
            ledger.execute("update spent set tokens = tokens + ?, money = money + ?", (tokens, money))

    def release(self, reservation: Reservation) -> None:
        """Give back what was reserved for a request that the server refused."""
        self.settle(reservation, (0, 0))

    def spent(self) -> Spent:
        """Return what was spent."""
        return spent_so_far(self._path)


def spent_so_far(path: Path) -> Spent:
    """Return what was spent; nothing if there is no file yet. Raises `StaleArtifact` if it is damaged."""
    if not path.exists():
        return Spent(0, 0.0)
    with connect(path, writes=False) as ledger:
        tokens, money = _sum(ledger)
    return Spent(tokens, money / _MILLION / _MILLION)


def _sum(ledger: sqlite3.Connection) -> tuple[int, int]:
    query = (
        "select tokens + (select coalesce(sum(tokens), 0) from reserved), "
        "money + (select coalesce(sum(money), 0) from reserved) from spent"
    )
    tokens, money = ledger.execute(query).fetchone()
    return int(tokens), int(money)


class AskedShare:
    """Counts the products that were seen, and those that a model was asked about, in the same file."""

    def __init__(self, path: Path, share: float) -> None:
        self._path = path
        self._share = share

    def admit(self, seen: int, wanted: int) -> int:
        """Count products that were seen; return how many of the wanted ones may be asked about, and count these."""
        with connect(self._path) as ledger:
            products, asked = ledger.execute("select products, asked from shown").fetchone()
            # The product of a share and a count may lie just below a whole number.
            room: int = int(self._share * (products + seen) + 1e-9) - asked
            admitted = min(wanted, max(0, room))
            ledger.execute("update shown set products = products + ?, asked = asked + ?", (seen, admitted))
        return int(admitted)
