# The image in which submissions run. Built by .ci/images, which puts the wheels into .cache/wheels first: the build
# itself needs no network. It uses the classic builder (Docker 20.10), so no RUN --mount and no COPY --link.
# Any Debian 12 with Python 3.11 as python3 will do as BASE.
ARG BASE=python:3.11-slim-bookworm

FROM ${BASE} AS packages
LABEL grader.stage=packages
COPY .cache/wheels /wheels
COPY constraints.txt .ci/sandbox.txt .ci/torchvision_cpu.py /wheels/
# pip runs out of its own wheel, so the base needs none, and is not installed. What nobody imports while being graded
# goes: test folders (numpy's and torch's own testing modules stay), C++ headers, torch's test programs. Bytecode is
# compiled here because the container's file system is read-only; "unchecked": nothing can change the sources. The one
# file that is removed by name is for Python 3.12 and does not compile under 3.11. A torchvision for CUDA loses its
# compiled part, which cannot be loaded beside a CPU torch, and learns to be imported without it.
RUN set -eu; \
    grep -v '^pip$' /wheels/sandbox.txt > /tmp/wanted.txt; \
    python3 "$(echo /wheels/pip-*.whl)/pip" install -q --no-index --find-links /wheels --no-compile --root-user-action ignore \
        -c /wheels/constraints.txt -r /tmp/wanted.txt --target /packages; \
    cd /packages; \
    rm -rf bin torch/include torch/share torch/test; \
    find torch/bin -type f -not -name torch_shm_manager -delete; \
    find . -type d -name tests -not -path './numpy/_core/*' -prune -exec rm -rf {} +; \
    if ls torchvision.libs/libcudart* >/dev/null 2>&1; then \
        rm -rf torchvision/*.so torchvision.libs; \
        cp /wheels/torchvision_cpu.py torchvision/_declared_operators.py; \
        printf '\nfrom . import _declared_operators\n' >> torchvision/extension.py; \
    fi; \
    rm -f torch/testing/_internal/py312_intrinsics.py; \
    find . -name '*.a' -delete; \
    python3 -m compileall -q -j 0 --invalidation-mode unchecked-hash .

FROM ${BASE} AS sandbox
# No pip, no package manager, no setuid program; the standard library's bytecode (the official image ships none).
# A .pth file puts the two folders on the path of any Python, in isolated mode (-I) too, which ignores PYTHONPATH.
RUN set -eu; \
    rm -rf /usr/local/lib/python3*/site-packages/* /usr/local/lib/python3*/ensurepip /usr/local/bin/pip*; \
    rm -rf /usr/bin/apt* /usr/bin/dpkg* /usr/bin/perl* /usr/lib/apt /var/lib/apt /var/cache/*; \
    find / -xdev -type f -perm /6000 -exec chmod ug-s {} +; \
    site=$(python3 -c 'import site; print(site.getsitepackages()[0])'); \
    mkdir -p "$site"; \
    printf '/opt/packages\n/opt/grader\n' > "$site/grader.pth"; \
    python3 -m compileall -q -j 0 --invalidation-mode unchecked-hash \
        "$(python3 -c 'import sysconfig; print(sysconfig.get_path("stdlib"))')"
COPY --from=packages /packages /opt/packages
# An image that lost a file it needs must fail here, not under a student.
RUN MPLCONFIGDIR=$(mktemp -d) python3 -I -c "import matplotlib.pyplot, msgspec, numpy, scipy.signal, sklearn, torch, torchvision" \
    && rm -rf /tmp/*
ENV OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 \
    MPLCONFIGDIR=/tmp MPLBACKEND=Agg HOME=/tmp LANG=C.UTF-8
# Last, because these change most: editing them must not rebuild the rest. The build sees only the guest's files.
COPY grader /opt/grader/grader
RUN python3 -m compileall -q --invalidation-mode unchecked-hash /opt/grader
USER 65534:65534
WORKDIR /
ENTRYPOINT ["python3", "-I", "-B", "-m", "grader.rpc.guest"]
