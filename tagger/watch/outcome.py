"""The outcome for a file, and the moves that follow.

An outcome is written down before the first move. If the process is killed then, the next one makes the moves that are
left, so that no file is tagged twice and none is lost.
"""

import contextlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from index.atomic import write_text

_ENDING: Final = ".outcome"


@dataclass(frozen=True)
class Outcome:
    """What becomes of a file: its report, and the moves, each a former and a new path relative to the folder.

    The first move is that of the file itself. `inode` and `changed_ns` tell it from another file that has come under
    the same name since.
    """

    inode: int
    changed_ns: int
    moves: Mapping[str, str]
    report_to: str
    report: Mapping[str, Any]

    @property
    def _file(self) -> str:
        return next(iter(self.moves))

    def write(self, work: Path) -> None:
        """Write the outcome down; from now on it is final."""
        write_text(self._place(work), json.dumps(asdict(self), ensure_ascii=False))

    def carry_out(self, folder: Path) -> None:
        """Write the report, and make the moves that are left; the file itself is moved last."""
        write_text(folder / self.report_to, json.dumps(self.report, ensure_ascii=False, indent=1) + "\n")
        for former, new in reversed(list(self.moves.items())):
            with contextlib.suppress(FileNotFoundError):
                status = (folder / former).stat()
                if former != self._file or (status.st_ino, status.st_mtime_ns) == (self.inode, self.changed_ns):
                    _move(folder / former, folder / new)

    def forget(self, work: Path) -> None:
        """Remove the outcome, once all has been done."""
        self._place(work).unlink(missing_ok=True)

    def _place(self, work: Path) -> Path:
        return work / f"{self._file}{_ENDING}"


def _move(former: Path, new: Path) -> None:
    os.replace(former, new)


def unfinished(work: Path) -> list[Outcome]:
    """Return the outcomes that were written down, and whose moves may be left."""
    return [Outcome(**json.loads(path.read_text("utf-8"))) for path in sorted(work.glob(f"*{_ENDING}"))]
