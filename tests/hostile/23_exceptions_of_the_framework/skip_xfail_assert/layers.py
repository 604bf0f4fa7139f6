def one():
    return 1


def named(name, base=Exception):
    raise type(name, (base,), {"allow_module_level": True, "msg": "", "_use_item_location": True})()


def assertion(x):
    raise AssertionError


def skipped(x):
    named("Skipped", BaseException)


def xfailed(x):
    named("XFailed", BaseException)


def unsatisfied(x):
    named("UnsatisfiedAssumption")


def stop_test(x):
    named("StopTest", BaseException)


def stopped(x):
    named("Exit")
