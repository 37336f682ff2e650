# mitmdump with the addon, as a user of its own. Build and run (the log and mitmproxy's certificate authority stay in the volume):
#   docker build -t baas-errors .
#   docker run --rm -p 127.0.0.1:8080:8080 -v baas-errors:/data baas-errors --mode reverse:http://host.docker.internal:1337
# Its steps were run by hand and hadolint finds nothing; the image was not built here.
FROM python:3.13-slim
COPY pyproject.toml README.md LICENSE /src/
COPY addons /src/addons
COPY catalogs /src/catalogs
RUN python -m venv /opt/baas-errors \
    && /opt/baas-errors/bin/python -m pip install --no-cache-dir /src \
    && cp /src/addons/errors.py /opt/baas-errors/errors.py \
    && useradd --create-home --home-dir /data --uid 10001 baas \
    && rm -r /src
USER 10001
WORKDIR /data
VOLUME /data
EXPOSE 8080
ENTRYPOINT ["/opt/baas-errors/bin/mitmdump", "-s", "/opt/baas-errors/errors.py", "--listen-host", "0.0.0.0", "--set", "confdir=/data/.mitmproxy"]
