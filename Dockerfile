FROM python:3.12-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_NO_INPUT=1
WORKDIR /app
RUN python -m venv .venv
COPY requirements.lock requirements-build.lock ./
RUN .venv/bin/pip install --require-hashes -r requirements-build.lock -r requirements.lock
COPY . .
# Editable, so the image has the same layout as a checkout; the tools that installed it stay behind.
RUN .venv/bin/pip install --no-deps --no-build-isolation -e . \
    && .venv/bin/python -m compileall -q service schedulers domain events .venv/lib \
    && .venv/bin/pip uninstall -y setuptools pip

FROM python:3.12-slim
LABEL org.opencontainers.image.title="Errera" org.opencontainers.image.licenses="EUPL-1.2"
RUN useradd --system --uid 10001 --home-dir /data --no-create-home errera \
    && install -d -o errera -g errera -m 0700 /data
COPY --from=build /app /app
WORKDIR /app
ENV PATH=/app/.venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 ERRERA_DATA_DIR=/data
USER errera
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/health', timeout=4)"]
CMD ["errera", "serve", "--host", "0.0.0.0"]
