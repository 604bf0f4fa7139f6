"""Checkpoints as students save them: each valid one is loaded, any other file is named."""

import contextlib
import gzip
import io
import json
import pickle
import zipfile
from collections import OrderedDict, namedtuple

import numpy as np
import pytest
import torch
from torch import nn

from grader.intake import checkpoint_notes
from grader.rpc import host, proxy
from grader.suite import close, local_run

SUBMISSION = b"""
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(3, 4)
        self.head = nn.Linear(4, 2)

class Lazy(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.LazyLinear(4)
        self.head = nn.Linear(4, 2)

class Wrapped(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = Net()
"""
Config = namedtuple("Config", "width")


class Settings:
    """A class of the student's training script, which the checkpoint repeats."""

    width = 4


class Exploit:
    def __reduce__(self):
        return exec, ("open('/tmp/owned', 'w').write('x')",)


def net():
    torch.manual_seed(1)
    return nn.ModuleDict({"hidden": nn.Linear(3, 4), "head": nn.Linear(4, 2)})


def saved(value, **options):
    buffer = io.BytesIO()
    torch.save(value, buffer, **options)
    return buffer.getvalue()


def prefixed(*prefixes):
    return {"".join(prefixes) + name: value for name, value in STATE.items()}


def zipped(name):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(name, b"x")
    return buffer.getvalue()


def safetensors():
    header = json.dumps({"w": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}).encode()
    return len(header).to_bytes(8, "little") + header + bytes(4)


def script():
    buffer = io.BytesIO()
    torch.jit.save(torch.jit.trace(nn.Linear(3, 4), torch.ones(1, 3)), buffer)
    return buffer.getvalue()


STATE = net().state_dict()
OPTIMIZER = torch.optim.Adam(net().parameters())
OPTIMIZER.step()
VALID = {
    "plain": saved(STATE),
    "data_parallel": saved(nn.DataParallel(net()).state_dict()),
    "compiled": saved(prefixed("_orig_mod.")),
    "compiled_in_data_parallel": saved(prefixed("module.", "_orig_mod.")),
    "part_compiled": saved({k.replace("head.", "head._orig_mod."): v for k, v in STATE.items()}),
    "lightning": saved({"state_dict": prefixed("model."), "epoch": 3, "global_step": 9}),
    "averaged": saved(torch.optim.swa_utils.AveragedModel(net()).state_dict()),
    **{
        f"under_{key}": saved({key: STATE, "epoch": 3})
        for key in (
            "model",
            "net",
            "network",
            "state_dict",
            "model_state_dict",
            "weights",
            "params",
        )
    },
    "two_levels_down": saved({"checkpoint": {"model": STATE}, "args": {"lr": 0.1}}),
    "beside_the_optimizer": saved({"opt": OPTIMIZER.state_dict(), "best": STATE}),
    "by_part": saved({"hidden": net()["hidden"].state_dict(), "head": net()["head"].state_dict()}),
    "numpy_scalar": saved({"model_state_dict": STATE, "loss": np.float64(0.04), "n": np.int32(3)}),
    "numpy_array": saved({"model": STATE, "losses": np.arange(3.0), "names": np.array(["a"])}),
    "numpy_bool": saved({"model": STATE, "done": np.bool_(True), "h": np.float16(1)}),
    "own_class": saved({"model": STATE, "config": Settings(), "shape": Config(4)}),
    "own_function": saved({"model": STATE, "activation": net}),
    "beside_code": saved({"model": STATE, "exploit": Exploit()}),
    **{
        f"protocol_{n}": saved(STATE, pickle_protocol=n)
        for n in range(3, pickle.HIGHEST_PROTOCOL + 1)
    },
    "protocol_4_with_more": saved(
        {"model": prefixed("module."), "loss": np.float64(1), "config": Settings()},
        pickle_protocol=4,
    ),
    "legacy": saved(STATE, _use_new_zipfile_serialization=False),
    "legacy_protocol_4": saved(STATE, _use_new_zipfile_serialization=False, pickle_protocol=4),
    "ordered": saved(OrderedDict(STATE)),
    "parameters": saved(dict(net().named_parameters())),
    "with_a_number": saved({**STATE, "epoch": 3}),
    "double": saved({name: value.double() for name, value in STATE.items()}),
}
WRONG = {
    "lfs": (
        b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n",
        "is a Git LFS pointer",
    ),
    "page": (b"\n<!DOCTYPE html><html><head><title>Sign in</title>", r"is a web page \(HTML\)"),
    "gzip": (gzip.compress(saved(STATE)), "is compressed by gzip"),
    "safetensors": (safetensors(), "is in the safetensors format"),
    "npz": (zipped("w.npy"), "is a NumPy archive"),
    "npy": (b"\x93NUMPY\x01\x00", "is a NumPy array"),
    "zip": (zipped("model.pt"), "is a zip archive"),
    "hdf": (b"\x89HDF\r\n\x1a\n" + bytes(99), "is an HDF5 file"),
    "tar": (bytes(257) + b"ustar\x0000" + bytes(300), "is a tar archive"),
    "script": (script(), "is a TorchScript model"),
    "cut": (saved(STATE)[:-200], "is cut off or damaged"),
    "empty": (b"", r"is empty \(0 bytes\)"),
    "whole_model": (
        saved(nn.Linear(3, 4)),
        "a whole object of class torch.nn.modules.linear.Linear",
    ),
    "whole_model_legacy": (
        saved(net(), _use_new_zipfile_serialization=False),
        "a whole object of class torch.nn.modules.container.ModuleDict",
    ),
    "whole_model_4": (saved(nn.Linear(3, 4), pickle_protocol=4), "a whole object of class torch"),
    "pickled": (pickle.dumps(STATE), "was not written by torch.save"),
    "code": (saved(Exploit()), "a whole object of class builtins.exec"),
    "code_4": (saved(Exploit(), pickle_protocol=4), "a whole object of class builtins.exec"),
    "text": (b"these are my weights", "was not written by torch.save"),
    "list": (saved([1, 2]), "does not hold a state dict"),
    "other": (
        saved(nn.Linear(9, 9).state_dict()),
        "another architecture than your model: it lacks",
    ),
}


@pytest.fixture(scope="module")
def sandboxes(tmp_path_factory):
    folder = tmp_path_factory.mktemp("submission")
    (folder / "net.py").write_bytes(SUBMISSION)
    for name, content in (VALID | {name: wrong[0] for name, wrong in WRONG.items()}).items():
        (folder / f"{name}.pt").write_bytes(content)
    with contextlib.ExitStack() as stack:
        yield local_run.LocalSandboxes(dict(local_run.read_folder(folder)), stack, "torch")


@pytest.fixture
def session(sandboxes):
    session = sandboxes.guest().open(host.Bounds(30))
    yield session
    session.finish()


@pytest.fixture
def student(session):
    return proxy.Student(session.ask)


@pytest.mark.parametrize("name", VALID)
def test_valid_checkpoint_is_loaded(student, name):
    model = student.net.Net()
    student.load_checkpoint(model, f"{name}.pt")
    close(model.state_dict()["hidden.weight"], STATE["hidden.weight"])
    close(model.state_dict()["head.bias"], STATE["head.bias"])
    assert checkpoint_notes.notes({f"{name}.pt": VALID[name]}, [f"{name}.pt"]) == ()


@pytest.mark.parametrize("name", ["plain", "data_parallel", "protocol_4"])
def test_lazy_layer_takes_its_shape_from_the_checkpoint(student, name):
    model = student.net.Lazy()
    student.load_checkpoint(model, f"{name}.pt")
    close(model.state_dict()["hidden.weight"], STATE["hidden.weight"])


def test_model_that_wraps_the_saved_one_is_loaded(student):
    model = student.net.Wrapped()
    student.load_checkpoint(model, "plain.pt")
    close(model.state_dict()["net.hidden.weight"], STATE["hidden.weight"])


@pytest.mark.parametrize("name", WRONG)
def test_other_file_is_named_in_one_sentence_without_escape_codes(student, name):
    with pytest.raises(host.StudentRaised, match=WRONG[name][1]) as raised:
        student.load_checkpoint(student.net.Net(), f"{name}.pt")
    assert raised.value.message.isprintable()
    assert "weights_only" not in raised.value.message.lower()
    assert raised.value.message.startswith(f"{name}.pt ")
    noted = checkpoint_notes.notes({f"{name}.pt": WRONG[name][0]}, [f"{name}.pt"])
    assert noted == ((raised.value.message,) if "whole_model" in name else ())


def test_what_was_assumed_about_the_names_is_remarked_and_not_printed(sandboxes):
    session, remarks = sandboxes.guest().open(host.Bounds(30)), []
    student = proxy.Student(session.ask, remark=remarks.append)
    student.load_checkpoint(student.net.Net(), "data_parallel.pt")
    (remark,) = remarks
    assert remark.startswith("data_parallel.pt: loaded after 'module.', which a wrapper such as")
    assert session.finish() == ""
