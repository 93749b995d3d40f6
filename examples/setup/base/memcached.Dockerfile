# Debian's Memcached, for the curated image of examples/curated/memcached.
ARG debian
FROM ${debian}
RUN apt-get update \
 && apt-get install -y --no-install-recommends memcached \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt /var/log/*
USER 65532:65532
WORKDIR /
EXPOSE 11211
ENTRYPOINT ["memcached"]
CMD ["--memory-limit=64"]
