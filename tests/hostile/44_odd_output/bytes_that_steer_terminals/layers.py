def one():
    return 1


import sys


def nul(x):
    print("\0" * 100)


def invalid(x):
    sys.stdout.buffer.write(bytes(range(128, 256)))


def surrogates(x):
    sys.stdout.buffer.write("\ud800".encode("utf-8", "surrogatepass"))


def long_line(x):
    print("x" * 10**6)


def escapes(x):
    print("\x1b]52;c;aGk=\x07\x1b[2J\x1b[H\r\x9b31m")


def bidi(x):
    print("\u202e\u2066txt.exe\u200f")


def markup(x):
    print("</script><script>alert(1)</script>]]><!--&amp;=HYPERLINK(1)")


def raised(x):
    raise ValueError("\x1b]52;c;aGk=\x07\ud800\0\u202e]]></failure>")
