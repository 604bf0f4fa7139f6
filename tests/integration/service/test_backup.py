"""Backup, restore into an empty service, and forgetting one person."""

import contextlib
import io
import json
import re
import tarfile
import uuid

import psycopg
import pytest
from typer.testing import CliRunner

from grader import app, errors, settings
from grader.assignment import manifest as assignments
from grader.cli import main
from grader.confined import reader
from grader.notify import kinds
from grader.service import accounts, backup, erasure, jobs
from grader.service import similarity as service_similarity
from grader.store import (
    batches,
    blobs,
    bulk_operations,
    database,
    messages,
    migrate,
    rows,
    runs,
    similarity,
    submissions,
)
from tests.support import fakes_service as fakes

CLI = CliRunner()


def hand_in(store, uploads, user, content=b"work", **changes):
    name = uploads.put(content)
    given = {"content_sha256": name, "label": ""} | changes
    new = rows.NewSubmission(uuid.uuid4(), user.id, "hw", name, len(content), **given)
    found = submissions.get(store, jobs.accept(store, new), user)
    runs.finish(store, runs.begin(store, found.run_id, "worker test:1"), fakes.report())
    return found


@pytest.fixture
def empty(server_url, request):
    """A new database without a schema, and a place for its uploads."""
    name = f"restored_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return f"{server_url} dbname={name}"


def test_restored_service_has_the_same_submissions_reports_and_uploads(
    store, uploads, student, empty, tmp_path
):
    found = hand_in(store, uploads, student)
    token = accounts.add_token(store, "ann")[0]
    told = backup.write(store.conninfo, uploads, tmp_path / "one.tar")
    assert told.uploads == 1
    target = blobs.Blobs(tmp_path / "restored")
    assert backup.read(empty, target, tmp_path / "one.tar").migrations == ()
    with contextlib.closing(database.Database(empty)) as restored:
        ann = accounts.find(restored, token)
        again = submissions.get(restored, found.id, ann)
        assert (again.state, again.run_id) == ("done", found.run_id)
        assert submissions.report(restored, again.run_id) == submissions.report(store, found.run_id)
        assert target.get(found.content_sha256) == b"work"
        fresh = hand_in(restored, target, ann, b"more")
        assert fresh.run_id > found.run_id, "the sequences went on"


def test_restored_service_sends_no_old_news(store, uploads, student, empty, tmp_path):
    hand_in(store, uploads, student)  # a notice
    with store.transaction() as connection:
        messages.add(connection, kinds.StudentKind.MARKS, "s", "b", user_id=student.id)
        messages.add(connection, kinds.StudentKind.MARKS, "s", "sent", user_id=student.id)
        connection.execute("UPDATE messages SET sent_at = now() WHERE body = 'sent'")
    backup.write(store.conninfo, uploads, tmp_path / "one.tar")
    backup.read(empty, blobs.Blobs(tmp_path / "restored"), tmp_path / "one.tar")
    with psycopg.connect(empty) as connection:
        assert connection.execute("SELECT body FROM messages").fetchall() == [("sent",)]
        assert connection.execute("SELECT count(*) FROM notices").fetchall() == [(0,)]


def test_backup_of_an_older_schema_is_brought_forward(
    server_url, empty, uploads, tmp_path, monkeypatch
):
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute("CREATE DATABASE before")
    old = f"{server_url} dbname=before"
    with monkeypatch.context() as patch:
        known = {k: v for k, v in migrate._ours().items() if k != "0005_erasures.sql"}
        patch.setattr(migrate, "_ours", lambda: known)
        migrate.apply(old)
    with contextlib.closing(database.Database(old)) as before:
        ann = accounts.find(before, accounts.add_user(before, "ann", "student"))
        found = hand_in(before, uploads, ann)
        backup.write(old, uploads, tmp_path / "old.tar")
    assert "0005_erasures.sql" in backup.read(empty, uploads, tmp_path / "old.tar").migrations
    with contextlib.closing(database.Database(empty)) as store:
        assert submissions.report(store, found.run_id).score == fakes.report().score


def test_service_with_users_is_not_overwritten(store, uploads, student, tmp_path):
    backup.write(store.conninfo, uploads, tmp_path / "one.tar")
    with pytest.raises(errors.StoreUnavailable, match="has users already"):
        backup.read(store.conninfo, uploads, tmp_path / "one.tar")


def repacked(source, target, change):
    with tarfile.open(source) as old, tarfile.open(target, "w") as new:
        for entry in old:
            content = change(entry.name, old.extractfile(entry).read())
            if content is not None:
                entry.size = len(content)
                new.addfile(entry, io.BytesIO(content))


NEWER = json.dumps({"format": 1, "schema": ["0999_x.sql"], "made": "2026-11-01"}).encode()


@pytest.mark.parametrize(
    ("part", "content", "message"),
    [
        ("backup.json", NEWER, "newer"),
        ("backup.json", b"{}", "no backup"),
        ("backup.json", json.dumps({"format": 1, "schema": 7, "made": ""}).encode(), "no backup"),
        ("backup.json", json.dumps({"format": 1, "schema": [{}]}).encode(), "no backup"),
        ("backup.json", b"[" * 100_000, "no backup"),
        ("uploads/", b"something else", "damaged"),
        ("database.dump", None, "ends before its database"),
    ],
    ids=["newer", "foreign", "no schema", "odd schema", "deep", "damaged", "cut"],
)
def test_unfit_backup_is_refused_and_leaves_the_database_empty(
    store, uploads, student, empty, tmp_path, part, content, message
):
    hand_in(store, uploads, student)
    backup.write(store.conninfo, uploads, tmp_path / "one.tar")
    repacked(
        tmp_path / "one.tar",
        tmp_path / "two.tar",
        lambda name, old: content if name.startswith(part) else old,
    )
    with pytest.raises(errors.StoreUnavailable, match=message):
        backup.read(empty, uploads, tmp_path / "two.tar")
    with psycopg.connect(empty) as connection:
        assert connection.execute("SELECT to_regclass('users')").fetchone() == (None,)


def test_file_that_is_no_archive_is_refused(empty, uploads, tmp_path):
    (tmp_path / "x.tar").write_bytes(b"not a tar")
    with pytest.raises(errors.StoreUnavailable, match="cannot be read"):
        backup.read(empty, uploads, tmp_path / "x.tar")


def test_file_of_holes_is_refused_and_not_filled(store, empty, uploads, tmp_path, student):
    backup.write(store.conninfo, uploads, tmp_path / "one.tar")
    with tarfile.open(tmp_path / "one.tar") as old, (tmp_path / "two.tar").open("wb") as two:
        about = old.next()
        with tarfile.open(fileobj=two, mode="w") as new:
            new.addfile(about, old.extractfile(about))
            hole = tarfile.TarInfo("uploads/" + "0" * 64)
            hole.pax_headers = {"GNU.sparse.map": "0,0", "GNU.sparse.size": str(10**12)}
            new.format = tarfile.PAX_FORMAT
            new.addfile(hole)
    with pytest.raises(errors.StoreUnavailable, match="not part of a backup"):
        backup.read(empty, uploads, tmp_path / "two.tar")


def test_backup_that_breaks_off_leaves_no_file(store, tmp_path, student):
    class Broken(blobs.Blobs):
        def names(self):
            raise OSError("the disk is gone")

    with pytest.raises(errors.StoreUnavailable, match="disk is gone"):
        backup.write(store.conninfo, Broken(tmp_path / "b"), tmp_path / "one.tar")
    assert list(tmp_path.glob("one*")) == []


def test_commands_back_up_and_restore_a_data_folder(tmp_path):
    old, new = tmp_path / "old", tmp_path / "new"
    with app.open_store(settings.Settings(data_dir=old), new=True) as store:
        token = accounts.add_user(store, "ann", "student")
    done = CLI.invoke(main.app, ["backup", str(tmp_path), "--data", str(old)])
    assert done.exit_code == 0, done.output
    (file,) = tmp_path.glob("grader-*.tar")
    assert file.stat().st_mode & 0o077 == 0
    done = CLI.invoke(main.app, ["restore", str(file), "--data", str(new)])
    assert done.exit_code == 0, done.output
    with app.open_store(settings.Settings(data_dir=new)) as store:
        assert accounts.find(store, token).name == "ann"


@pytest.mark.parametrize(
    "words", [["backup", "{}"], ["users", "list"], ["users", "token", "ann"], ["courses", "list"]]
)
def test_misspelt_data_folder_is_no_empty_service(tmp_path, words):
    typo = tmp_path / "dtaa"
    asked = [word.format(tmp_path) for word in words]
    done = CLI.invoke(main.app, [*asked, "--data", str(typo)])
    assert isinstance(done.exception, errors.OperatorError)
    assert f"No service keeps anything in {typo}" in str(done.exception)
    assert list(tmp_path.iterdir()) == []


def test_backup_never_replaces_an_earlier_one(store, uploads, tmp_path):
    target = tmp_path / "one.tar"
    backup.write(store.conninfo, uploads, target)
    before = target.read_bytes()
    with pytest.raises(errors.OperatorError, match=r"one\.tar is there already"):
        backup.write(store.conninfo, uploads, target)
    assert target.read_bytes() == before


def test_folder_for_backups_that_does_not_exist_is_no_file_name(store, uploads, tmp_path):
    with pytest.raises(errors.OperatorError, match=r"no folder .*backups"):
        backup.write(store.conninfo, uploads, tmp_path / "backups")
    assert list(tmp_path.glob("backups*")) == []


def test_forgotten_student_is_nowhere_and_others_stay(store, uploads, student):
    bob = accounts.find(store, accounts.add_user(store, "bob", "student"))
    own = hand_in(store, uploads, student, b"own")
    both, kept = (hand_in(store, uploads, user, b"both") for user in (student, bob))
    said = erasure.forget(store, uploads, "ann")
    assert "2 submissions" in said
    assert submissions.get(store, own.id, rows.User(0, "x", "admin")) is None
    assert submissions.get(store, kept.id, bob).state == "done"
    dump = dumped(store)
    assert not re.search(r"\bann\b", dump)
    assert "bob" in dump
    assert uploads.get(kept.content_sha256) == b"both"
    assert both.id != kept.id


def test_forgetting_deletes_old_uploads_at_once(store, uploads, student, monkeypatch):
    monkeypatch.setattr(erasure, "YOUNG_S", -1.0)
    own = hand_in(store, uploads, student, b"own")
    assert "1 uploads" in erasure.forget(store, uploads, "ann")
    with pytest.raises(errors.StoreUnavailable):
        uploads.get(own.content_sha256)


def test_work_handed_in_under_the_name_goes_too(store, uploads, student):
    staff = accounts.find(store, accounts.add_user(store, "eve", "instructor"))
    batch = hand_in(store, uploads, staff, b"batch", label="ann")
    erasure.forget(store, uploads, "ann")
    assert submissions.get(store, batch.id, staff) is None


@pytest.mark.parametrize("label", ["Ann@u.example", "S7", "Ann Lee", "leeann (4711)"])
def test_work_handed_in_under_another_name_of_theirs_goes_too(store, uploads, student, label):
    with store.transaction() as connection:
        connection.execute(
            "UPDATE users SET email = 'ann@u.example', sid = 'S7', full_name = 'Ann Lee',"
            " lms_id = '4711'"
        )
    staff = accounts.find(store, accounts.add_user(store, "eve", "instructor"))
    batch = hand_in(store, uploads, staff, b"batch", label=label)
    other = hand_in(store, uploads, staff, b"other", label="stranger")
    batch_made = rows.NewBulkOperation(uuid.uuid4(), "batch", "hw", staff.id, "all.zip")
    refused = [batches.NewItem(name, None, ("no",)) for name in (label, "stranger")]
    batches.add(store, batch_made, "instructor eve", refused, jobs.enqueue_all)
    erasure.forget(store, uploads, "ann")
    assert submissions.get(store, batch.id, staff) is None
    assert submissions.get(store, other.id, staff) is not None
    assert [item.name for item in batches.items(store, batch_made.id)] == ["stranger"]


def test_likenesses_of_a_forgotten_person_go_too(store, uploads, student):
    pair = {"names": ["1", "2"], "students": ["bob", "ann"], "share": [1, 1], "regions": [[], []]}
    similarity.keep(store, "hw", "0", {"compared": 2, "unreadable": [], "pairs": [pair]})
    similarity.keep(store, "hw2", "0", {"compared": 1, "unreadable": ["ann"], "pairs": []})
    similarity.keep(store, "hw3", "0", {"compared": 1, "unreadable": ["bob"], "pairs": []})
    erasure.forget(store, uploads, "ann")
    kept = [name for name in ("hw", "hw2", "hw3") if similarity.last(store, name)]
    assert kept == ["hw3"]


def test_person_forgotten_during_a_comparison_is_not_in_it(
    store, uploads, student, course, monkeypatch
):
    bob = accounts.find(store, accounts.add_user(store, "bob", "student"))
    names = [str(hand_in(store, uploads, user).id) for user in (student, bob)]

    def alike(self, assignment, contents):
        list(contents)
        erasure.forget(store, uploads, "ann")
        pair = {"names": names, "share": [1, 1], "regions": [[], []]}
        return {"compared": 2, "unreadable": names, "pairs": [pair]}

    monkeypatch.setattr(reader.Reader, "alike", alike)
    kept = service_similarity.compare(store, uploads, assignments.load(course, fakes.SLUG))
    assert (kept.report["pairs"], kept.report["unreadable"]) == ([], ["bob"])


def test_students_keep_what_somebody_forgotten_handed_in_for_them(store, uploads, student):
    zeno = accounts.find(store, accounts.add_user(store, "zeno", "instructor"))
    root = rows.User(0, "x", "admin")
    batch_made = rows.NewBulkOperation(uuid.uuid4(), "batch", "hw", zeno.id, "all.zip")
    batches.add(store, batch_made, "instructor zeno", [], jobs.enqueue_all)
    batch = hand_in(store, uploads, zeno, b"batch", label="ann")
    trial = hand_in(store, uploads, zeno, b"trial")
    erasure.forget(store, uploads, "zeno")
    assert submissions.get(store, batch.id, root).state == "done"
    assert submissions.get(store, trial.id, root) is None
    assert bulk_operations.get(store, batch_made.id, "batch") is not None
    assert "zeno" not in dumped(store)
    with pytest.raises(accounts.AccountError, match="no user"):
        erasure.forget(store, uploads, "somebody forgotten")


def test_erasure_is_noted_without_a_name(store, uploads, student):
    hand_in(store, uploads, student)
    erasure.forget(store, uploads, "ann")
    assert store.one("SELECT submissions, uploads FROM erasures") == {
        "submissions": 1,
        "uploads": 1,
    }


def test_unknown_person_cannot_be_forgotten(store, uploads):
    with pytest.raises(accounts.AccountError, match="no user 'zoe'"):
        erasure.forget(store, uploads, "zoe")


def dumped(store):
    """Every row of every table as text."""
    with store.transaction() as connection:
        names = connection.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        ).fetchall()
        return "\n".join(
            str(connection.execute(f"SELECT * FROM {row['tablename']}").fetchall()) for row in names
        )
