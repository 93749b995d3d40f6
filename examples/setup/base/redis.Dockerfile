# Debian's Redis, for the curated image of examples/curated/redis.
ARG debian
FROM ${debian}
RUN apt-get update \
 && apt-get install -y --no-install-recommends redis-server \
 && chmod 755 /etc/redis /var/lib/redis \
 && printf '%s\n' 'bind * -::*' 'protected-mode yes' 'save ""' >/etc/redis/redis.conf && chmod 644 /etc/redis/redis.conf \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt /var/log/*
# Nobody in particular: it needs no rights, and writes nowhere.
USER 65532:65532
WORKDIR /var/lib/redis
EXPOSE 6379
ENTRYPOINT ["redis-server"]
CMD ["/etc/redis/redis.conf"]
