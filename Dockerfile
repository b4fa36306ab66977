# The sandbox as a container: docker build -t yabandpay-mock . && docker run --rm -p 127.0.0.1:8765:8765 yabandpay-mock
# With the driver for PostgreSQL: docker build --build-arg REQUIREMENTS=requirements-postgresql.lock -t yabandpay-mock:postgresql .

FROM python:3.13-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
# For strip: a quarter of what the wheels hold are symbols for a debugger.
# hadolint ignore=DL3008
RUN apt-get update && apt-get install --yes --no-install-recommends binutils && rm -rf /var/lib/apt/lists/*
WORKDIR /build
ARG REQUIREMENTS=requirements.lock
COPY ${REQUIREMENTS} requirements.lock
RUN pip install --no-compile --prefix=/install --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY scenarios scenarios
COPY docs docs
COPY mockserver mockserver
RUN pip install --no-compile --prefix=/install --no-deps .
# Faker brings the names of 80 countries, and few are the sandbox's: Dutch, English, and the payers of demo data; SQLAlchemy an object mapper and more databases.
RUN packages=$(echo /install/lib/python3*/site-packages) \
    && rm -rf /install/include \
    && find "$packages" -name '*.so' -exec strip --strip-unneeded {} + \
    && find "$packages/faker/providers" -mindepth 2 -maxdepth 2 -type d -name '??_??' \
        ! -name 'nl_*' ! -name 'en_*' ! -path '*/person/zh_CN' ! -path '*/person/de_AT' ! -path '*/person/fr_BE' -exec rm -r {} + \
    && find "$packages/sqlalchemy/ext" -mindepth 1 -maxdepth 1 ! -name __init__.py ! -name compiler.py -exec rm -r {} + \
    && rm -r "$packages"/sqlalchemy/orm "$packages"/sqlalchemy/testing \
        "$packages"/sqlalchemy/dialects/mssql "$packages"/sqlalchemy/dialects/mysql "$packages"/sqlalchemy/dialects/oracle
# A root that is read-only keeps no byte code, so it is made here; and never compared with its source.
RUN python -m compileall -q -j 0 --invalidation-mode unchecked-hash -s /install -p /usr/local /install/lib

FROM python:3.13-slim
LABEL org.opencontainers.image.title="YabandPay sandbox" \
      org.opencontainers.image.description="A local stand-in for the YabandPay payment gateway" \
      org.opencontainers.image.licenses="MIT"
COPY --from=build /install /usr/local
# The base image comes without byte code; what a payment imports of Python's own library gets it by making one.
RUN yabandpay-mock demo --pay-delay 1ms && mkdir /ca && chown 10001:10001 /ca
ENV PYTHONUNBUFFERED=1 YABANDPAY_MOCK_HOST=0.0.0.0 YABANDPAY_MOCK_PORT=8765
USER 10001:10001
EXPOSE 8765 8443
HEALTHCHECK --interval=2s --timeout=3s --start-period=10s CMD ["yabandpay-mock", "ready"]
ENTRYPOINT ["yabandpay-mock"]
CMD ["serve"]
