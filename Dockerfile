FROM python:3.13-slim

ENV PYTHONUNBUFFERED=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /app

# Dependencies apart from our code: a change of ours does not install them again.
COPY requirements.txt ./
RUN pip install --no-cache-dir --require-hashes -r requirements.txt

COPY pyproject.toml README.md LICENSE ./
COPY service service
COPY migrations migrations
COPY loadtests loadtests
# What `corral patterns copy` hands out beside the patterns.
COPY tests/patterns tests/patterns
# .corral holds the signing secret when none is given; a volume made from it keeps its owner.
RUN pip install --no-cache-dir --no-deps --no-build-isolation --editable . \
    && useradd --system --uid 10001 --no-create-home corral \
    && install --directory --owner corral .corral reports

USER corral
EXPOSE 8000
HEALTHCHECK --interval=5s --timeout=3s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/readyz', timeout=2)"]
CMD ["corral", "serve", "--host", "0.0.0.0", "--port", "8000"]
