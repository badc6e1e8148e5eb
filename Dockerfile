FROM python:3.11-slim-bookworm AS packages
COPY requirements-hashes.txt /
RUN python -m venv /venv \
    && /venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes \
    -r /requirements-hashes.txt

FROM node:24-bookworm-slim AS app
WORKDIR /build
COPY clients/typescript/src clients/typescript/src
COPY clients/web clients/web
RUN cd clients/web && npm ci --omit=dev --ignore-scripts --no-audit --no-fund \
    && node build.ts /files

FROM python:3.11-slim-bookworm
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin trackforge \
    && install --directory --owner=10001 --mode=0700 /data
WORKDIR /app
COPY --from=packages /venv /venv
COPY schema schema
COPY sync_server sync_server
COPY --from=app /files sync_server/logbook/files
COPY migrations migrations
COPY seed.py ./
RUN /venv/bin/python -m compileall -q migrations schema sync_server seed.py
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 HOST=0.0.0.0 PORT=8000 DATA_DIR=/data WORKERS=auto
USER 10001
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen(f'http://127.0.0.1:{os.environ[\"PORT\"]}/health/ready', timeout=2)"]
# Uploads are in DATA_DIR, unless UPLOADS_URL names a bucket: mount a volume there.
# PostgreSQL's programs are there for `backup`, `verify` and `restore`, but no private Valkey:
# DATABASE_URL, REDIS_URL and SECRET_KEYS must be set.
CMD ["python", "-m", "sync_server", "serve"]
