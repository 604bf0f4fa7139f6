def one():
    return 1


import forge

HEAD = b"\x83\xa4type\xa6return\xa2id\x01\xa5value"


def deep(x):
    forge.to_all(forge.raw(HEAD + b"\x91" * 10**6 + b"\xc0"))


def announced_list(x):
    forge.to_all(forge.raw(HEAD + b"\xdd\xff\xff\xff\xff"))


def announced_map(x):
    forge.to_all(forge.raw(HEAD + b"\xdf\xff\xff\xff\xff"))


def twice(x):
    forge.to_all(forge.raw(b"\x84" + HEAD[1:] + b"\xc0\xa4type\xa5score"))


def odd_keys(x):
    forge.to_all(forge.raw(HEAD + b"\x82\x90\xc0\xcb\x7f\xf8\0\0\0\0\0\0\xc0"))


def extension(x):
    forge.to_all(forge.raw(HEAD + b"\xd4\x05\x00"))


def not_a_map(x):
    forge.to_all(forge.raw(b"\x93\x01\x02\x03"))


def unknown_kind(x):
    forge.to_all(forge.frame({"type": "score", "value": 100}))


def unknown_field(x):
    reply = {"type": "return", "id": forge.request_id(), "value": None, "verdict": "passed"}
    forge.to_all(forge.frame(reply))


def text(x):
    forge.to_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok" * 10)
