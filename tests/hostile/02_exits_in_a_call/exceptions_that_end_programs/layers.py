def one():
    return 1


def system_exit(x):
    raise SystemExit(0)


def keyboard_interrupt(x):
    raise KeyboardInterrupt


def generator_exit(x):
    raise GeneratorExit


class Quiet(BaseException):
    pass


def own_base(x):
    raise Quiet


def os_exit(x):
    import os

    os._exit(0)
