"""Zips that ordinary tools would not write, for `upload.py` of the cases; on the trusted side."""

import io
import stat
import struct
import zipfile
import zlib

HONEST = b"def double(x): return 2 * x\ndef one(): return 1\n"


def entry(name, mode=stat.S_IFREG | 0o644, *, deflated=False):
    info = zipfile.ZipInfo(name)
    info.orig_filename = info.filename = name
    info.external_attr = mode << 16
    info.compress_type = zipfile.ZIP_DEFLATED if deflated else zipfile.ZIP_STORED
    return info


def zipped(*entries, layers=True):
    """The bytes of a zip of (ZipInfo or name, content), beside the file that is asked for."""
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        if layers:
            archive.writestr(entry("layers.py"), HONEST)
        for name, content in entries:
            archive.writestr(name if isinstance(name, zipfile.ZipInfo) else entry(name), content)
    return sink.getvalue()


def sent(*entries, **options):
    """An upload of one zip."""
    return [("hw.zip", zipped(*entries, **options))]


def renamed(old, new):
    """An upload whose zip was made with one name and then says another of equal length."""
    assert len(old) == len(new)
    return [("hw.zip", zipped((old.decode(), b"x")).replace(old, new))]


def bomb(megabytes, name="zeros.bin"):
    """One entry of so many megabytes of zeros, deflated a piece at a time."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    block, crc, parts = bytes(2**20), 0, []
    for _ in range(megabytes):
        parts.append(packer.compress(block))
        crc = zlib.crc32(block, crc)
    body = b"".join([*parts, packer.flush()])
    return by_hand([(name, body, 8, megabytes * 2**20, crc)])


def by_hand(entries, *, shared=False):
    """A zip from (name, packed bytes, method, stated size, stated crc); `shared`: on one body."""
    entries = [("layers.py", HONEST, 0, len(HONEST), zlib.crc32(HONEST)), *entries]
    out, directory, first = b"", b"", None
    for name, body, method, size, crc in entries:
        offset = len(out)
        raw = name.encode()
        fields = (20, 0, method, 0, 33, crc, len(body), size, len(raw), 0)
        local = struct.pack("<4s5H3L2H", b"PK\3\4", *fields) + raw + body
        if shared and first is not None and name != "layers.py":
            offset = first
        else:
            out += local
            first = offset if name != "layers.py" else None
        central = (20, *fields, 0, 0, 0, (stat.S_IFREG | 0o644) << 16, offset)
        directory += struct.pack("<4s6H3L5H2L", b"PK\1\2", *central) + raw
    end = (0, 0, len(entries), len(entries), len(directory), len(out), 0)
    return out + directory + struct.pack("<4s4H2LH", b"PK\5\6", *end)
