def one():
    return 1


import forge


def twice(x):
    forge.answer(None)
    forge.answer(None)
    return 2 * x


def previous_id(x):
    forge.to_all(forge.frame({"type": "return", "id": forge.request_id() - 1, "value": None}))
    return 2 * x


def before_the_question(x):
    forge.to_all(forge.frame({"type": "return", "id": 1, "value": None}) * 3)
    return 0 * x


def as_the_host(x):
    forge.to_all(forge.frame({"type": "request", "id": forge.request_id(), "op": "len"}))
    return 2 * x
