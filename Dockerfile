# Two stages: the build, and an image with the runtime libraries only. docker build -t telegnosis .
FROM debian:bookworm-slim AS build
WORKDIR /source
RUN apt-get update && apt-get install -y --no-install-recommends git make ca-certificates && rm -rf /var/lib/apt/lists/*
COPY tools/packages.txt tools/install_deps tools/
RUN tools/install_deps build && rm -rf /var/lib/apt/lists/*
COPY . .
# .git is not copied: pass the commit as a build argument.
ARG TG_COMMIT=
RUN make build TG_COMMIT="$TG_COMMIT" && cmake --install build/release --prefix /opt/telegnosis --strip

FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends \
      ca-certificates libboost-json1.81.0 libboost-container1.81.0 libboost-url1.81.0 libssl3 libsodium23 libsqlite3-0 libicu72 libstemmer0d libfmt9 \
      libstdc++6 libxxhash0 libtomlplusplus3 zlib1g libzip4 libgumbo1 libmd4c0 libuchardet0 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --home-dir /data --shell /usr/sbin/nologin telegnosis && install -d -o telegnosis -m 0700 /data
COPY --from=build /opt/telegnosis /usr/local
USER telegnosis
# Loopback would be unreachable from outside the container. Publish the port on loopback or behind TLS.
ENV TELEGNOSIS_DATA=/data LISTEN_ADDRESS=0.0.0.0 ALLOW_PLAIN_HTTP=true
VOLUME /data
EXPOSE 8000
ENTRYPOINT ["telegnosis"]
CMD ["serve"]
