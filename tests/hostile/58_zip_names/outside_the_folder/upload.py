from tests.hostile.ziptools import renamed, sent

UPLOADS = {
    "parent": lambda: sent(("../hostile-was-here", b"x")),
    "inner_parent": lambda: sent(("a/../../hostile-was-here", b"x")),
    "absolute": lambda: sent(("/tmp/hostile-was-here", b"x")),
    "drive": lambda: sent(("C:/hostile-was-here", b"x")),
    "backslashes": lambda: renamed(b"a/../hostile-was-here", b"a\\..\\hostile-was-here"),
    "nul": lambda: renamed(b"layers.py_hidden", b"layers.py\0hidden"),
    "plain_file": lambda: [("../layers.py", b"x = 1\n")],
    "empty_part": lambda: sent(("a//b.py", b"x")),
}
