def one():
    return 1


import os
import subprocess
import threading


def storm(x):
    return [subprocess.Popen(["/bin/sleep", "1000"]) for _ in range(10**4)]


def threads(x):
    gate = threading.Event()
    for _ in range(10**4):
        threading.Thread(target=gate.wait, daemon=True).start()


def zombies(x):
    for _ in range(10**4):
        if os.fork() == 0:
            os._exit(0)


def orphans(x):
    for _ in range(20):
        if os.fork() == 0:
            if os.fork() == 0:
                os.setsid()
                while True:
                    pass
            os._exit(0)
    return 0 * x
