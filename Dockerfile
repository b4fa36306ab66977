# syntax=docker/dockerfile:1
# The sandbox as a container: docker build -t yabandpay-sandbox . && docker run -p 8765:8765 yabandpay-sandbox

FROM python:3.13-slim AS build
WORKDIR /build
COPY pyproject.toml README.md LICENSE ./
COPY mockserver mockserver
COPY scenarios scenarios
RUN pip wheel --no-cache-dir --no-deps --wheel-dir dist .

FROM python:3.13-slim
LABEL org.opencontainers.image.title="YabandPay sandbox" \
      org.opencontainers.image.description="A local stand-in for the YabandPay payment gateway" \
      org.opencontainers.image.licenses="MIT"
COPY requirements.lock /tmp/
RUN pip install --no-cache-dir --no-compile --require-hashes -r /tmp/requirements.lock
COPY --from=build /build/dist /tmp/dist
RUN pip install --no-cache-dir --no-deps /tmp/dist/*.whl && rm -r /tmp/dist /tmp/requirements.lock \
    && useradd --system --no-create-home sandbox
USER sandbox
ENV PYTHONUNBUFFERED=1 YABANDPAY_MOCK_HOST=0.0.0.0 YABANDPAY_MOCK_PORT=8765
EXPOSE 8765
HEALTHCHECK --interval=5s --timeout=3s --start-period=2s CMD ["python", "-c", \
    "import os, urllib.request as u; u.urlopen(f'http://127.0.0.1:{os.environ[\"YABANDPAY_MOCK_PORT\"]}/_sandbox/api/health/ready')"]
ENTRYPOINT ["yabandpay-mock"]
CMD ["serve"]
