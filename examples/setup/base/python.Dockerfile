# What the tutorials' Python programs start from. pip finds their requirements installed and needs no network.
ARG debian
FROM ${debian}
RUN apt-get update \
 && apt-get install -y --no-install-recommends python3 python3-pip python3-flask python3-pymemcache python3-pymysql python3-redis \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt /var/log/* /usr/lib/python3*/EXTERNALLY-MANAGED \
 && find / -xdev -name __pycache__ -prune -exec rm -rf {} +
