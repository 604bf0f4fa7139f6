"""What a sandbox does before the submission arrives leaves no trace but speed."""

import os
import subprocess
import sys

import pytest

pytest.importorskip("torch", reason="what is shown is of PyTorch")

PROGRAM = """
import gc, logging, random
from pathlib import Path

import numpy as np
import torch

from grader.rpc import preload

states = lambda: (torch.get_rng_state().tolist(), random.getstate(), str(np.random.get_state()))
before = states()
preload.everything("torch", ["no_such_module"])
blocks, end = [bytes(size) for size in range(64, 1024)], max(map(id, preload._held))
assert sum(id(block) > end for block in blocks) > 0.9 * len(blocks)  # no holes are left
assert states() == before
assert torch.is_grad_enabled() and torch.get_default_dtype() is torch.float32
# Threads would not survive a fork.
assert torch.get_num_threads() == 1
assert "\\nThreads:\\t1\\n" in Path("/proc/self/status").read_text()
assert gc.isenabled() and gc.get_freeze_count() > 10_000
loggers = logging.Logger.manager.loggerDict
named = [loggers[n] for n in loggers if n.startswith("torch")]
assert not any(getattr(logger, "handlers", ()) for logger in named)
"""


def test_preloading_sets_nothing_that_a_submission_could_notice():
    environ = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    environ["PYTHONMALLOC"] = "malloc"  # all as in a sandbox
    command = [sys.executable, "-c", PROGRAM]
    done = subprocess.run(command, env=environ, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
