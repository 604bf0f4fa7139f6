from tests.hostile.ziptools import renamed, sent, zipped


def many(count):
    return lambda: sent(*((f"f{n}.txt", b"") for n in range(count)))


def twice():
    return [("hw.zip", zipped(("aayers.py", b"x = 1\n")).replace(b"aayers.py", b"layers.py"))]


UPLOADS = {
    "many": many(20_000),
    "some": many(300),
    "deep": lambda: sent(("/".join(["d"] * 500) + "/x.py", b"")),
    "long": lambda: sent(("n" * 300 + ".py", b"")),
    "twice": twice,
    "case": lambda: sent(("Layers.py", b"")),
    "composed": lambda: sent(("caf\u00e9.py", b""), ("cafe\u0301.py", b"")),
    "device": lambda: sent(("con.py", b"")),
    "dash": lambda: sent(("-rf.py", b"")),
    "dot": lambda: sent(("name.", b"")),
    "newline": lambda: sent(("a\nb.py", b"")),
    "escape": lambda: sent(("a\x1b[2J.py", b"")),
    "bidi": lambda: sent(("a\u202eyp.txt", b"")),
    "file_and_folder": lambda: sent(("layers.py/x.py", b"")),
    "parts": lambda: [(f"f{n}.py", b"") for n in range(3000)],
}
