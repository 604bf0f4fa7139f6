import io
import os
import pickle
import tarfile
import warnings
import zipfile

import torch

WIDTH = 10**12


class Evil:
    def __reduce__(self):
        return os.system, ("touch /tmp/hostile-was-here",)


class ByGlobal:
    def __reduce__(self):
        return eval, ("__import__('os').system('touch /tmp/hostile-was-here')",)


def saved(value):
    sink = io.BytesIO()
    torch.save(value, sink)
    return sink.getvalue()


def deflated():
    sink = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(saved(torch.zeros(2**24)))) as old:
        with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as new:
            for name in old.namelist():
                new.writestr(name, old.read(name))
    return sink.getvalue()


def script():
    sink = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.jit.save(torch.jit.script(torch.nn.Linear(1, 1)), sink)
    return sink.getvalue()


def tar():
    sink = io.BytesIO()
    with tarfile.open(fileobj=sink, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("../../tmp/hostile-was-here"), io.BytesIO())
    return sink.getvalue()


def upload():
    return [
        ("reduce.pt", saved(Evil())),
        ("global.pt", saved(ByGlobal())),
        ("bare.pkl", pickle.dumps(Evil())),
        ("script.pt", script()),
        ("tar.pt", tar()),
        ("view.pt", saved(torch.zeros(1).expand(WIDTH))),
        ("deflated.pt", deflated()),
        ("truncated.pt", saved(torch.zeros(1000))[:-300]),
    ]
