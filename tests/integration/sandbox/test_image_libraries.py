"""What the sandbox image promises to submissions, imported under the confinement of a sandbox."""

import json
import tempfile
import uuid
from pathlib import Path

import pytest

from grader import settings
from grader.sandbox import container, policy

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


@pytest.fixture(scope="module")
def found(docker_engine):
    profile = policy.Profile(IMAGE, "torch", 1024 * policy.MiB)
    with tempfile.TemporaryDirectory(prefix="gr-") as folder:
        engine = container.Engine(Path(folder, "run"), f"test-{uuid.uuid4().hex[:8]}")
        sandbox = engine.start(profile, entrypoint=["python3", "-I", "-B", "-c", PROGRAM])
        try:
            sandbox.control.settimeout(120)
            return json.loads(sandbox.control.makefile().readline())
        finally:
            engine.destroy(sandbox)


def test_torchvision_builds_models_and_transforms(found):
    assert (found["shape"], found["weights"]) == ([2, 10], 11_181_642)


def test_torchvision_operator_without_compiled_part_says_so(found):
    assert found["nms"] == "it works" or "Couldn't load custom C++ ops" in found["nms"]
