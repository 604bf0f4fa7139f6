def one():
    return 1


import gc
import logging
import signal
import sys
import threading
import warnings


def exceptions(x):
    sys.excepthook = threading.excepthook = sys.unraisablehook = lambda *_: None


def tracing(x):
    sys.settrace(lambda *_: None)
    sys.setprofile(lambda *_: None)


def warning_filters(x):
    warnings.simplefilter("error")
    logging.disable(logging.CRITICAL)
    logging.raiseExceptions = True


def signals(x):
    for number in range(1, 32):
        try:
            signal.signal(number, signal.SIG_IGN)
        except (OSError, ValueError):
            pass


def importing(x):
    sys.meta_path.clear()
    sys.path.clear()
    sys.modules["numpy"] = None


def collecting(x):
    gc.disable()
    gc.callbacks.append(lambda *_: 1 / 0)
