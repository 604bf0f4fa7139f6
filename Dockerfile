# Images of the grader. Built by `.ci/images`, which brings the wheels and works without a registry.
#
#   sandbox   runs one submission: Python, NumPy, SciPy, PyTorch and the guest's half of the wire.
#             No compiler, no pip, no network tool, no test.
#
# BASE is any Debian bookworm with Python 3.11 as `python3`.
ARG BASE=python:3.11-slim-bookworm

FROM ${BASE} AS packages
COPY .cache/wheels /wheels
# pip runs from its own wheel, so the base needs none and none stays behind.
RUN python3 "$(ls /wheels/pip-*.whl)/pip" install --no-index --find-links /wheels --no-compile \
        --no-cache-dir --disable-pip-version-check --root-user-action ignore --target /packages \
        numpy scipy scikit-learn matplotlib msgspec torch==2.13.0 \
    && find /packages -type d \( -name tests -o -name test \) \
        \( -path '*/sklearn/*' -o -path '*/scipy/*' -o -path '*/matplotlib/*' -o -path '*/mpl_toolkits/*' \) \
        -prune -exec rm -rf {} + \
    && rm -rf /packages/bin /packages/torch/include /packages/torch/share \
    && { python3 -m compileall -q -j 0 --invalidation-mode unchecked-hash /packages || true; }

FROM ${BASE} AS sandbox
COPY --from=packages /packages /opt/packages
# A .pth keeps the packages on the path in isolated mode (-I), where PYTHONPATH is ignored.
RUN python3 -c "import site, pathlib; \
    pathlib.Path(site.getsitepackages()[0]).mkdir(parents=True, exist_ok=True); \
    pathlib.Path(site.getsitepackages()[0], 'grader.pth').write_text('/opt/packages\n/opt/grader\n')" \
    && rm -rf /usr/local/lib/python3*/site-packages/pip* /usr/local/bin/pip*
ENV OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MPLBACKEND=Agg MPLCONFIGDIR=/tmp HOME=/tmp LANG=C.UTF-8
# Last, because it changes most: a new guest costs seconds, not the packages.
COPY grader/rpc/__init__.py grader/rpc/wire.py grader/rpc/values.py grader/rpc/guest.py \
     /opt/grader/grader/rpc/
RUN : > /opt/grader/grader/__init__.py && python3 -m compileall -q --invalidation-mode unchecked-hash /opt/grader
ARG INPUTS=unknown
LABEL grader.inputs=${INPUTS}
USER 65534:65534
WORKDIR /
ENTRYPOINT ["python3", "-I", "-B", "-m", "grader.rpc.guest"]
