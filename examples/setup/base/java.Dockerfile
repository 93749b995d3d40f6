# What Java programs are compiled, built with Maven and run with.
ARG debian
FROM ${debian}
# The package's own set-up wants the directory of manual pages.
RUN mkdir -p /usr/share/man/man1 && apt-get update \
 && apt-get install -y --no-install-recommends maven openjdk-17-jdk-headless \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt /var/log/* /usr/share/man
