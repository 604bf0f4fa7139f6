"""Zip files that zipfile itself takes: two readers could see different contents in them."""

import contextlib
import io
import stat
import struct
import subprocess
import sys
import tracemalloc
import warnings
import zipfile
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader import errors, wording
from grader.intake import archive

CENTRAL, END = b"PK\x01\x02", b"PK\x05\x06"


def zipped(*files, compression=zipfile.ZIP_DEFLATED):
    """A zip of (name or ZipInfo, content) pairs."""
    buffer = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(buffer, "w", compression) as target:
        warnings.simplefilter("ignore")  # about a name that stands twice
        for name, content in files:
            target.writestr(name, content)
    return buffer.getvalue()


SOUND = zipped(("a.py", b"a = 1\n"), ("b.py", b"b = 2\n"))


def patched(data, magic, offset, form, value):
    """The archive with one field of its last such record replaced."""
    changed = bytearray(data)
    struct.pack_into(form, changed, data.rfind(magic) + offset, value)
    return bytes(changed)


def refusal(data):
    with pytest.raises(errors.UploadRefused) as refused:
        archive.read(data, archive.entries(data), wording.MB)
    return "\n".join(refused.value.reasons)


def test_sound_zip_is_read():
    assert archive.read(SOUND, archive.entries(SOUND), 12) == [b"a = 1\n", b"b = 2\n"]


def test_comment_as_git_archive_writes_it_is_no_fault():
    buffer = io.BytesIO(SOUND)
    with zipfile.ZipFile(buffer, "a") as target:
        target.comment = b"0123456789abcdef0123456789abcdef01234567"
    assert len(archive.entries(buffer.getvalue())) == 2


def test_zip_written_as_a_stream_is_read():
    """Browsers and macOS state sizes after the contents, in a data descriptor."""

    class Pipe(io.RawIOBase):
        def __init__(self):
            self.parts = []

        def writable(self):
            return True

        def write(self, data):
            self.parts.append(bytes(data))
            return len(data)

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as target:
        target.writestr("a.py", b"a = 1\n")
    data = b"".join(pipe.parts)
    assert archive.read(data, archive.entries(data), 10) == [b"a = 1\n"]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"MZ" + SOUND, "damaged"),
        (b"PK\x03\x04" + SOUND, "damaged"),
        (SOUND + b"trailing", "damaged"),
        (SOUND + SOUND, "damaged"),
        (patched(SOUND, END, 10, "<H", 1), "wrong number"),
        (patched(SOUND, END, 10, "<H", 60_000), "lists 60000"),
        (patched(SOUND, CENTRAL, 42, "<L", 0), "overlaps"),
        (patched(SOUND, CENTRAL, 42, "<L", 5), "damaged"),
        (patched(SOUND, CENTRAL, 20, "<L", 2**31), "cut off"),
        (patched(SOUND, CENTRAL, 24, "<L", 5), "damaged in the zip"),
        (patched(SOUND, CENTRAL, 24, "<L", 7), "damaged in the zip"),
        (patched(SOUND, CENTRAL, 16, "<L", 7), "damaged in the zip"),
        (patched(SOUND, CENTRAL, 10, "<H", 99), "damaged in the zip"),
        (SOUND.replace(b"b.py", b"c.py", 1), "damaged in the zip"),
        (b"", "it is empty"),
        (b"%PDF-1.7", "looks like something else"),
        (b"Rar!\x1a\x07", "looks like a RAR archive"),
        (SOUND[:40], "was cut off"),
    ],
    ids=[
        "bytes before",
        "second local header before",
        "bytes after",
        "two archives",
        "fewer entries stated",
        "more entries stated",
        "same body twice",
        "offset into a header",
        "body beyond the end",
        "smaller size stated",
        "larger size stated",
        "wrong checksum",
        "unknown method",
        "another name inside",
        "empty",
        "pdf",
        "rar",
        "truncated",
    ],
)
def test_archive_with_two_meanings_is_refused(data, expected):
    assert expected in refusal(data)


def test_first_entry_not_at_the_start_is_refused_though_all_offsets_fit():
    """A polyglot whose offsets were adjusted, as `zip -A` does for a self-extractor."""
    start = struct.unpack_from("<L", SOUND, SOUND.rfind(END) + 16)[0]
    data = bytearray(b"#!/bin/sh\n" + SOUND)
    at = start + 10
    while data[at : at + 4] == CENTRAL:
        offset = struct.unpack_from("<L", data, at + 42)[0]
        struct.pack_into("<L", data, at + 42, offset + 10)
        at += 46 + sum(struct.unpack_from("<3H", data, at + 28))
    struct.pack_into("<L", data, at + 16, start + 10)
    assert zipfile.ZipFile(io.BytesIO(data)).testzip() is None, "zipfile itself takes it"
    assert "there are other bytes before it" in refusal(bytes(data))


def test_zip64_is_refused():
    """Its own end record is a second opinion about the contents."""
    at = SOUND.rfind(END)
    count, size, start = struct.unpack_from("<H2L", SOUND, at + 10)
    end64 = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, count, count, size, start)
    locator = struct.pack("<4sLQL", b"PK\6\7", 0, at, 1)
    data = SOUND[:at] + end64 + locator + SOUND[at:]
    assert zipfile.ZipFile(io.BytesIO(data)).testzip() is None, "zipfile itself takes it"
    assert "ZIP64" in refusal(data)


@pytest.mark.parametrize(
    ("mode", "name"),
    [
        (stat.S_IFLNK | 0o777, "a.py"),
        (stat.S_IFIFO | 0o644, "a.py"),
        (stat.S_IFDIR | 0o755, "a.py"),
        (stat.S_IFREG | 0o644, "a/"),
        (stat.S_IFREG | 0o2755, "a.py"),
    ],
    ids=["symlink", "fifo", "folder without slash", "file with slash", "setgid"],
)
def test_entry_of_another_type_is_named(mode, name):
    info = zipfile.ZipInfo(name)
    info.external_attr = mode << 16
    assert "special file" in archive.type_fault(info)


def test_more_bytes_than_allowed_in_all_are_not_inflated():
    data = zipped(("a.bin", bytes(4096)), ("b.bin", bytes(4096)))
    with pytest.raises(errors.UploadRefused, match=r"b\.bin.*more than is allowed"):
        archive.read(data, archive.entries(data), 8191)


@pytest.mark.parametrize("compression", [zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED])
def test_file_that_goes_on_behind_its_stated_end_is_refused(compression):
    """Size and checksum are of a beginning; other programs unpack the whole."""
    data = zipped(("a.py", b"x = 1\n" + b"y" * 5000), compression=compression)
    for offset, value in ((16, zlib.crc32(b"x = 1\n")), (24, 6)):
        data = patched(data, CENTRAL, offset, "<L", value)
    with pytest.raises(errors.UploadRefused, match="damaged in the zip"):
        archive.read(data, archive.entries(data), 10_000)


def test_listing_inflates_nothing():
    data = zipped(("zeros.bin", bytes(50 * wording.MB)))
    tracemalloc.start()
    entries = archive.entries(data)
    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert "100 times" in archive.packing_fault(entries[0])
    assert peak_bytes < wording.MB


def test_two_hundred_thousand_files_are_refused_before_they_are_listed():
    """One object per entry would cost seconds and 200 MB; in a process of its own for its peak."""
    probe = (
        "import io, resource, struct, time, zipfile\n"
        "from grader import errors; from grader.intake import archive\n"
        "one = struct.pack('<4s6H3L5H2L', b'PK\\1\\2', *[0] * 6, 0, 0, 0, 4, *[0] * 4, 0, 0)\n"
        "table = (one + b'a.py') * 200_000\n"
        "data = table + struct.pack('<4s4H2LH', b'PK\\5\\6', 0, 0, 5, 5, len(table), 0, 0)\n"
        "before, started = resource.getrusage(0).ru_maxrss, time.monotonic()\n"
        "try: archive.entries(data)\n"
        "except errors.UploadRefused as exc: print(len(exc.reasons), end=' ')\n"
        "print(time.monotonic() - started, resource.getrusage(0).ru_maxrss - before)\n"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    reasons, seconds, kib = map(float, done.stdout.split())
    assert reasons == 1
    assert seconds < 2  # measured: milliseconds
    assert kib < 20_000


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_damaged_zip_is_read_or_refused(data):
    changed = bytearray(SOUND)
    for _ in range(data.draw(st.integers(1, 4))):
        changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(errors.UploadRefused):  # whatever else is raised fails the test
        archive.read(bytes(changed), archive.entries(bytes(changed)), wording.MB)


@given(st.dictionaries(st.sampled_from(["a.py", "b/c.py", "d.bin"]), st.binary(max_size=200)))
@settings(deadline=None)
def test_what_is_written_is_read_back(files):
    data = archive.write(files)
    entries = archive.entries(data)
    contents = archive.read(data, entries, wording.MB)
    assert dict(zip((e.filename for e in entries), contents, strict=True)) == files
