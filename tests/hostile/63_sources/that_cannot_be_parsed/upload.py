def named(source):
    return lambda: [("layers.py", source)]


UPLOADS = {
    "nul": named(b"x = 1\0\n"),
    "utf16": named("x = 1\n".encode("utf-16")),
    "cookie": named(b"# coding: utf-7\nx = 1\n"),
    "no_such_cookie": named(b"# coding: nothing\nx = 1\n"),
    "cookie_that_lies": named(b"# coding: ascii\nx = '\xff'\n"),
    "literal": named(b"x = '" + b"a" * 7_000_000 + b"'\n"),
    "numbers": named(b"x = [" + b"1," * 450_000 + b"]\n"),
    "parentheses": named(b"(" * 40_000 + b")" * 9_000),
    "levels": named(b"".join(b" " * n + b"if 1:\n" for n in range(1000)) + b" " * 1000 + b"0\n"),
    "unary": named(b"x = " + b"-" * 40_000 + b"1\n"),
    "digits": named(b"x = " + b"9" * 500_000 + b"\n"),
    "syntax": named(b"def f(:\n"),
}
