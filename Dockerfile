# A serverless worker. docs/container.md explains its arguments and variables; scripts/check_dockerfile.py holds its rules.
# Images are pinned by tag; by digest nobody here could check them.

FROM python:3.11.14-slim-bookworm AS python

# Everything is installed here, where pip may build, and only what came of it goes on.
FROM python AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_ROOT_USER_ACTION=ignore
WORKDIR /src
RUN python -m venv /opt/cinema
# The libraries change seldom and weigh gigabytes: this layer hangs on nothing but their list.
COPY pyproject.toml constraints.txt scripts/list_requirements.py ./
RUN --mount=type=cache,target=/root/.cache/pip \
    python list_requirements.py models serverless > requirements.txt \
    && /opt/cinema/bin/python -m pip install --constraint constraints.txt --requirement requirements.txt
COPY README.md LICENSE ./
COPY models models
COPY configs configs
COPY cinema cinema
RUN --mount=type=cache,target=/root/.cache/pip \
    /opt/cinema/bin/python -m pip install --no-deps .

# Weights, if any are to lie in the image: --build-arg MODELS="ltx-video-2b kokoro-82m" (ids of models/*.toml).
# For repositories that want a token: --secret id=HF_TOKEN.
FROM build AS weights
ARG MODELS=""
ENV HOME=/srv/cinema
RUN --mount=type=secret,id=HF_TOKEN \
    mkdir -p /srv/cinema \
    && if [ -n "$MODELS" ]; then \
        if [ -s /run/secrets/HF_TOKEN ]; then HF_TOKEN="$(cat /run/secrets/HF_TOKEN)" && export HF_TOKEN; fi; \
        /opt/cinema/bin/cinema models pull --yes $MODELS; \
    fi

# "base" of CUDA's runtime images: cudart, the forward-compatibility libraries and the variables for NVIDIA's container runtime.
# cuBLAS, cuDNN and NCCL come with torch's wheels (CUDA 13.0.2 in constraints.txt), so "runtime" would bring them twice.
FROM nvidia/cuda:13.0.2-base-ubuntu24.04 AS worker
# What Python and its standard library link to, and letters for the storyboard's pages.
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        ca-certificates \
        fonts-dejavu-core \
        libbz2-1.0 \
        libffi8 \
        liblzma5 \
        libncursesw6 \
        libreadline8t64 \
        libsqlite3-0 \
        libssl3t64 \
        libuuid1 \
        zlib1g \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --gid 10001 cinema \
    && useradd --uid 10001 --gid 10001 --home-dir /srv/cinema --create-home --shell /usr/sbin/nologin cinema
COPY --from=python /usr/local/bin/ /usr/local/bin/
COPY --from=python /usr/local/lib/ /usr/local/lib/
RUN ldconfig
COPY --from=build /opt/cinema /opt/cinema
COPY --from=weights --chown=10001:10001 /srv/cinema /srv/cinema
WORKDIR /app
COPY handler.py test_input.json ./
ENV PATH=/opt/cinema/bin:$PATH \
    HOME=/srv/cinema \
    LANG=C.UTF-8 \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HF_HUB_DISABLE_TELEMETRY=1 \
    CINEMA_VOLUME=/runpod-volume
USER 10001:10001
HEALTHCHECK --interval=60s --timeout=50s --start-period=60s --retries=3 CMD ["cinema", "doctor", "--json"]
CMD ["python", "-u", "handler.py"]
