"""A confined process that ends as it is asked to; see tests/integration/confined."""

import os
import signal
import time
from pathlib import Path

import msgspec

from grader.confined import fork_loop


def serve(requests):
    fork_loop.serve(requests, _work)


def _work(start):
    word, _, rest = start.request.decode().partition(" ")
    if word == "exit":
        os._exit(int(rest))
    if word == "hang":
        start.channel.close()
        time.sleep(30)
    if word == "sleep":
        time.sleep(30)
    if word == "descriptors":
        kinds = [str(p.readlink()) for p in Path("/proc/self/fd").iterdir() if p.is_symlink()]
        start.channel.sendall(msgspec.json.encode(kinds))
        time.sleep(30)
    number = int(word) if word.isdigit() else signal.Signals[word]
    os.kill(os.getpid(), number)
    time.sleep(30)
