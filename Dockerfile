FROM python:3.11-slim AS style
WORKDIR /app
COPY requirements-dev.txt package.json package-lock.json ./
COPY bin/setup.py bin/
COPY static/ static/
RUN python bin/setup.py

FROM python:3.11-slim AS packages
COPY requirements.txt .
RUN python -m venv /opt/venv \
 && /opt/venv/bin/pip install --no-cache-dir --only-binary=:all: --no-deps --require-hashes --requirement requirements.txt

FROM python:3.11-slim
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
RUN useradd --system --uid 10001 --no-create-home wingwalk \
 && install --directory --owner=wingwalk --mode=0700 /var/lib/wingwalk
WORKDIR /app
COPY --from=packages /opt/venv /opt/venv
COPY . .
COPY --from=style /app/static/built static/built
# Nothing is kept of these values: the settings ask for them, collecting files does not use them.
RUN WINGWALK_SECRET_KEY=used-only-while-the-image-is-built-and-never-again \
    WINGWALK_AUDIT_KEY=used-only-while-the-image-is-built-and-never-again \
    WINGWALK_HOSTS=localhost \
    DATABASE_URL=postgres://nobody@localhost/nothing \
    REDIS_URL=redis://localhost/0 \
    python manage.py collectstatic --no-input
USER wingwalk
EXPOSE 8000
CMD ["gunicorn", "config.wsgi", "--bind=0.0.0.0:8000", "--worker-class=gthread", "--workers=2", "--threads=4", \
     "--worker-tmp-dir=/dev/shm", "--no-control-socket", "--access-logfile=-", \
     "--logger-class=config.access_log.Logger"]
