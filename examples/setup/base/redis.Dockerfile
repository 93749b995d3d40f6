# Debian's Redis, for the curated image of examples/images/redis.
ARG debian
FROM ${debian}
RUN apt-get update \
 && apt-get install -y --no-install-recommends redis-server \
 && chmod 755 /etc/redis /var/lib/redis \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt /var/log/*
# Nobody in particular: it needs no rights, and writes nowhere.
USER 65532:65532
