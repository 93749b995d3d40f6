# What Node.js programs start from.
ARG debian
FROM ${debian}
RUN apt-get update && apt-get install -y --no-install-recommends nodejs npm \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt /var/log/*
