"""What the sandbox image promises to submissions, imported under the confinement of a sandbox."""

import json
import tempfile
import uuid
from pathlib import Path

import pytest

from grader import settings
from grader.sandbox import container, policy
from grader.source import importable

IMAGE = settings.from_environment().sandbox_image
PROGRAM = """
import json, socket
s = socket.socket(socket.AF_UNIX); s.connect('/run/grader/s'); s.sendall(b'C')
import torch
from torchvision import models, ops
from torchvision.transforms import v2
net = models.resnet18(num_classes=10).eval()
prepare = v2.Compose([v2.CenterCrop(28), v2.ToDtype(torch.float32, scale=True)])
out = net(prepare(torch.zeros(2, 3, 32, 32, dtype=torch.uint8)))
try:
    ops.nms(torch.zeros(1, 4), torch.zeros(1), 0.5)
    said = 'it works'
except RuntimeError as exc:
    said = str(exc)
found = {'shape': list(out.shape), 'weights': sum(p.numel() for p in net.parameters()), 'nms': said}
s.sendall(json.dumps(found).encode() + b'\\n'); s.recv(1)
"""


USES = """
import json, os, pathlib, socket
s = socket.socket(socket.AF_UNIX); s.connect('/run/grader/s'); s.sendall(b'C')
import einops, h5py, numpy, pandas, requests, safetensors.torch, seaborn, six, torch, torchinfo
import torchmetrics, tqdm, yaml
from torch.utils.tensorboard import SummaryWriter
with SummaryWriter('/tmp/runs') as writer:
    writer.add_scalar('loss', 1.0, 1); writer.add_image('i', torch.rand(3, 4, 4), 1)
    writer.add_hparams({'lr': 0.1}, {'accuracy': 1.0}); writer.add_histogram('h', torch.rand(9), 1)
with h5py.File('/tmp/x.h5', 'w') as file:
    file['x'] = numpy.arange(3)
safetensors.torch.save_file({'w': torch.ones(2)}, '/tmp/x.safetensors')
table = pandas.DataFrame({'a': [1, 2]}).describe()
found = {
    'logs': len(os.listdir('/tmp/runs')),
    'shape': list(einops.rearrange(torch.zeros(2, 3, 4), 'a b c -> a (b c)').shape),
    'accuracy': float(torchmetrics.Accuracy('binary')(torch.ones(2), torch.tensor([1, 1]))),
    'parameters': torchinfo.summary(torch.nn.Linear(2, 3), verbose=0).total_params,
    'yaml': yaml.safe_load('a: [1, 2]'), 'mean': float(table.loc['mean', 'a']),
    'steps': [n for n in tqdm.tqdm(range(3), disable=True)],
    'modules': sorted({p.name.split('.')[0] for p in pathlib.Path('/opt/packages').iterdir()
        if p.suffix in ('.py', '.so') or p.name == 'google' or list(p.glob('*.py'))}),
}
s.sendall(json.dumps(found).encode() + b'\\n'); s.recv(1)
"""

# What is imported once for all tests is there before each of them is forked.
SHARED = """
import json, os, random, socket, sys
s = socket.socket(socket.AF_UNIX); s.connect('/run/grader/s'); s.sendall(b'C')
import numpy, torch
from grader.rpc import shared_imports
def drawn():
    return [random.getstate(), numpy.random.get_state()[1].tolist(), torch.get_rng_state().tolist()]
before = json.dumps(drawn())
often = ('matplotlib.pyplot', 'scipy.signal', 'sklearn.metrics', 'torch.utils.tensorboard',
    'torchvision.transforms.v2', 'safetensors.torch', 'PIL.Image')
wanted = [shared_imports.Import(name) for name in (*sorted(shared_imports.LIBRARIES), *often)]
shared_imports.make(wanted, ['layers.py'])
found = {
    'missing': [one.module for one in wanted if one.module not in sys.modules],
    'threads': len(os.listdir('/proc/self/task')),
    'same': json.dumps(drawn()) == before,
}
s.sendall(json.dumps(found).encode() + b'\\n'); s.recv(1)
"""


def said_by(program):
    profile = policy.Profile(IMAGE, "torch", 1024 * policy.MiB)
    with tempfile.TemporaryDirectory(prefix="gr-") as folder:
        engine = container.Engine(Path(folder, "run"), f"test-{uuid.uuid4().hex[:8]}")
        sandbox = engine.start(profile, entrypoint=["python3", "-I", "-B", "-c", program])
        try:
            sandbox.control.settimeout(120)
            return json.loads(sandbox.control.makefile().readline())
        finally:
            engine.destroy(sandbox)


@pytest.fixture(scope="module")
def found(docker_engine):
    return said_by(PROGRAM)


@pytest.fixture(scope="module")
def used(docker_engine):
    return said_by(USES)


def test_what_homework_imports_is_there_and_works(used):
    modules = set(used.pop("modules"))
    assert used == {
        "logs": 2,  # the writer's own file, and a folder for the hyperparameters
        "shape": [2, 12],
        "accuracy": 1.0,
        "parameters": 9,
        "yaml": {"a": [1, 2]},
        "mean": 1.5,
        "steps": [0, 1, 2],
    }
    private = {name for name in modules if name.startswith("_")}
    assert modules - private - {"google"} <= importable.TAKEN
    assert {package.module for package in importable.PACKAGES} <= modules


def test_libraries_that_are_shared_leave_no_thread_and_the_generators_alone(docker_engine):
    assert said_by(SHARED) == {"missing": [], "threads": 1, "same": True}


def test_torchvision_builds_models_and_transforms(found):
    assert (found["shape"], found["weights"]) == ([2, 10], 11_181_642)


def test_torchvision_operator_without_compiled_part_says_so(found):
    assert found["nms"] == "it works" or "Couldn't load custom C++ ops" in found["nms"]
