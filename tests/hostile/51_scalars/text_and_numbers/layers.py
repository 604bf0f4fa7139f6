def one():
    return 1


import forge


def invalid_text(x):
    forge.to_all(forge.raw(b"\x83\xa4type\xa6return\xa2id\x01\xa5value\xa2\xff\xfe"))


def big_digits(x):
    forge.answer([5, "0x" + "f" * 250_000])


def not_digits(x):
    forge.answer([5, "0xzz"])


def long_text(x):
    forge.answer("x" * (2 * 2**20 - 100))


def number_as_text(x):
    forge.answer("2.5")


def odd_bool(x):
    forge.answer([7, "bool", [x.size]], b"\x02" * x.size)


def tag_as_text(x):
    forge.answer(["array"])


def negative_size(x):
    forge.answer([6, -1])


def key_twice(x):
    forge.answer([3, "a", 1, "a", 2])


def set_of_lists(x):
    forge.answer([2, [0]])
