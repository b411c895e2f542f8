# A serverless worker. docs/container.md explains its arguments and variables; scripts/check_dockerfile.py holds its rules.
# Images are pinned by tag; by digest nobody here could check them.

FROM python:3.11.14-slim-bookworm AS python

# The libraries change seldom and weigh gigabytes. They are a stage and a layer of their own, which hang on nothing but their list: a
# change of the source moves megabytes, to the registry and to every worker. pip may build here; only what came of it goes on.
FROM python AS libraries
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_ROOT_USER_ACTION=ignore
WORKDIR /src
RUN python -m venv /opt/cinema
COPY pyproject.toml constraints.txt scripts/list_requirements.py ./
RUN --mount=type=cache,target=/var/cache/pip \
    python list_requirements.py models serverless > requirements.txt \
    && /opt/cinema/bin/python -m pip install --cache-dir /var/cache/pip --constraint constraints.txt --requirement requirements.txt

FROM libraries AS build
COPY README.md LICENSE ./
COPY models models
COPY configs configs
COPY cinema cinema
RUN --mount=type=cache,target=/var/cache/pip \
    /opt/cinema/bin/python -m pip install --cache-dir /var/cache/pip --no-deps --target /opt/package .

# Weights, if any are to lie in the image: --build-arg MODELS="ltx-video-2b kokoro-82m" (ids of models/*.toml).
# For repositories that want a token: --secret id=HF_TOKEN.
FROM build AS weights
ARG MODELS=""
ENV HOME=/srv/cinema \
    PYTHONPATH=/opt/package
RUN --mount=type=secret,id=HF_TOKEN \
    mkdir -p /srv/cinema \
    && if [ -n "$MODELS" ]; then \
        if [ -s /run/secrets/HF_TOKEN ]; then HF_TOKEN="$(cat /run/secrets/HF_TOKEN)" && export HF_TOKEN; fi; \
        /opt/package/bin/cinema models pull --yes $MODELS; \
    fi

# "base" of CUDA's runtime images: cudart, the forward-compatibility libraries and the variables for NVIDIA's container runtime.
# cuBLAS, cuDNN and NCCL come with torch's wheels (CUDA 13.0.2 in constraints.txt), so "runtime" would bring them twice.
FROM nvidia/cuda:13.0.2-base-ubuntu24.04 AS worker
# What Python, its standard library and the wheels link to, letters for the storyboard's pages, and a first process: without one,
# Python is it, on which SIGTERM has no effect and which never buries what the films' processes leave behind.
# Ubuntu keeps only the newest version of a package, so a pinned one would soon stop the build.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        ca-certificates \
        fonts-dejavu-core \
        libbz2-1.0 \
        libexpat1 \
        libffi8 \
        liblzma5 \
        libncursesw6 \
        libreadline8t64 \
        libsqlite3-0 \
        libssl3t64 \
        libstdc++6 \
        libuuid1 \
        tini \
        zlib1g \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --gid 10001 cinema \
    && useradd --no-log-init --uid 10001 --gid 10001 --home-dir /srv/cinema --create-home --shell /usr/sbin/nologin cinema
COPY --from=python /usr/local/bin/ /usr/local/bin/
COPY --from=python /usr/local/lib/ /usr/local/lib/
RUN ldconfig
COPY --from=libraries /opt/cinema /opt/cinema
COPY --from=weights --chown=10001:10001 /srv/cinema /srv/cinema
COPY --from=build /opt/package /opt/package
WORKDIR /app
COPY handler.py test_input.json ./
ENV PATH=/opt/package/bin:/opt/cinema/bin:$PATH \
    PYTHONPATH=/opt/package \
    HOME=/srv/cinema \
    LANG=C.UTF-8 \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HF_HUB_DISABLE_TELEMETRY=1 \
    CINEMA_VOLUME=/runpod-volume
USER 10001:10001
HEALTHCHECK --interval=60s --timeout=50s --start-period=60s --retries=3 CMD ["cinema", "doctor", "--json"]
ENTRYPOINT ["/usr/bin/tini", "--"]
CMD ["python", "-u", "handler.py"]
