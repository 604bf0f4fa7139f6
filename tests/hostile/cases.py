"""The hostile submissions as data: one folder per case, read into frozen values.

    tests/hostile/<family>/<case>/case.toml   what it tries and what must come of it
                                 /upload.py   builds what cannot lie in a repository (archives)
                                 /anything    the submission, file by file

A case either is graded (`[verdicts]`) or meets intake, which refuses it (`[refused]`) or leaves the
hostile file out (`[left_out]`). `shared/` holds files
that several submissions use. How a verdict is written: "crashed", "crashed|exception" where the
kernel may choose, ["passed", "wrong_answer"] where public and hidden test differ.
"""

import importlib.util
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
NOT_SUBMITTED = {"case.toml", "upload.py"}

Upload = list[tuple[str, bytes]]


@dataclass(frozen=True)
class Case:
    """One attack, or several of a kind in one file.

    Attributes:
        verdicts: attacked function -> verdicts of its public and its hidden test.
        honest: verdict of the two honest tests in the same submission.
        refused: upload -> pattern of the reason for which intake refuses it.
        left_out: upload -> pattern of the note with which only the asked-for file is taken.
        notes: pattern that the report's notes must show.
        unseen: what a student may not read in the report, beside what nobody may.
        limits: of the assignment, where they differ from the course's.
        takes: what the tests do with an answer before they compare it: a function of the call.
        slow: left to `make hostile`.
    """

    folder: Path
    why: str
    verdicts: dict[str, Any] = field(default_factory=dict)
    honest: str = "passed"
    refused: dict[str, str] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)
    notes: str = ""
    unseen: list[str] = field(default_factory=list)
    limits: dict[str, float] = field(default_factory=dict)
    takes: str = "lambda call: call()"
    runtime: str = "numpy"
    uses: list[str] = field(default_factory=list)
    slow: bool = False

    @property
    def family(self) -> str:
        return self.folder.parent.name

    @property
    def name(self) -> str:
        return f"{self.family}/{self.folder.name}"

    @property
    def attacks(self) -> int:
        """How many attacks the case holds."""
        return len(self.verdicts) + len(self.refused) + len(self.left_out)

    def expected(self, function: str) -> tuple[set[str], set[str]]:
        """Allowed verdicts of a function's public and hidden test."""
        said = self.verdicts[function]
        public, hidden = said if isinstance(said, list) else (said, said)
        return set(public.split("|")), set(hidden.split("|"))

    def upload(self) -> Upload:
        """The files of a graded submission."""
        return [*self._files(), *(self._built("upload")() if self._builds() else ())]

    def uploads(self) -> dict[str, Callable[[], Upload]]:
        """The uploads that intake must hold, each built when it is needed."""
        found: dict[str, Callable[[], Upload]] = self._built("UPLOADS")
        return found

    def _files(self) -> Upload:
        own = [p for p in sorted(self.folder.rglob("*")) if p.is_file()]
        shared = [(name, (HERE / "shared" / name).read_bytes()) for name in self.uses]
        names = [(p.relative_to(self.folder).as_posix(), p) for p in own]
        return [(n, p.read_bytes()) for n, p in names if n not in NOT_SUBMITTED] + shared

    def _builds(self) -> bool:
        return (self.folder / "upload.py").is_file()

    def _built(self, name: str) -> Any:
        spec = importlib.util.spec_from_file_location("upload", self.folder / "upload.py")
        assert spec
        assert spec.loader
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return getattr(module, name)


def families() -> list[str]:
    """All families, in their order."""
    return sorted(p.name for p in HERE.glob("[0-9][0-9]_*"))


def every() -> list[Case]:
    """All cases, in their order."""
    found = sorted(HERE.glob("[0-9][0-9]_*/*/case.toml"))
    return [Case(path.parent, **tomllib.loads(path.read_text())) for path in found]


# Families whose attacks are streams, processes and threads: code, in `test_hostile_service`.
IN_CODE = {
    "62_request_bodies": (7, "Bodies that are too large, too slow or no forms."),
    "72_queue": (1, "Many submissions at once, while others run."),
    "73_server_side_requests": (
        12,
        "Addresses inside the network, for the service to call; strangers and students name them.",
    ),
    "74_launch_forgery": (
        27,
        "Launches of an LMS that it did not sign, that another began, or that come twice.",
    ),
    "75_logs": (1, "Secrets in what the service writes down."),
    "76_killed_worker": (1, "The worker killed in the middle of a run."),
    "77_interleaved": (1, "Attacks beside honest submissions, again and again."),
    "81_silent_connections": (
        3,
        "Connections that say nothing, uploads that trickle, streams that nobody reads.",
    ),
    "82_made_up_requests": (2, "Requests made up from the schema, by a student and by an admin."),
    "79_what_is_counted_per_user": (
        20,
        "Uses up what the kernel counts per user, next to a neighbour.",
    ),
    "83_bodies_of_strangers": (6, "Large and slow bodies of JSON, without a token and with one."),
    "84_forms_of_other_sites": (6, "Another site's page sends the forms of our pages."),
    "85_stored_for_nothing": (3, "Uploads that are refused, again and again, to fill the disk."),
    "86_rights_that_outlast_their_token": (
        6,
        "Makes lasting rights of those that end, and uses what has ended.",
    ),
    "87_what_is_not_for_strangers": (
        5,
        "Asks for the operator's figures under other names, or for words of ours.",
    ),
    "88_covert_channels": (
        34,
        "Writes in a hidden test what a test that the student reads looks for, by kernel objects.",
    ),
}


def table() -> list[tuple[str, int, str]]:
    """Family, number of attacks and what they try, of all families."""
    rows = dict(IN_CODE)
    for case in every():
        count, why = rows.get(case.family, (0, case.why))
        rows[case.family] = (count + case.attacks, why)
    for path in HERE.glob("[0-9][0-9]_*/*/requests.toml"):
        data = tomllib.loads(path.read_text())
        rows[path.parts[-3]] = (len(data["request"]), data["why"])
    return [(family, *row) for family, row in sorted(rows.items())]
