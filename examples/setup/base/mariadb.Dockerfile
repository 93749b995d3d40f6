# Debian's MariaDB, for the curated image of examples/curated/mariadb.
ARG debian
FROM ${debian}
# The user is there before the package, so that its number is ours.
RUN groupadd --system --gid 65532 mysql \
 && useradd --system --uid 65532 --gid mysql --home-dir /var/lib/mysql --shell /usr/sbin/nologin mysql \
 && apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends mariadb-server \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt /var/log/* /var/lib/mysql \
 && install -d -o mysql -g mysql -m 750 /var/lib/mysql /run/mysqld
COPY mariadb.start /usr/local/bin/mariadb-start
USER 65532:65532
WORKDIR /var/lib/mysql
VOLUME /var/lib/mysql
EXPOSE 3306
ENTRYPOINT ["mariadb-start"]
CMD ["mariadbd", "--datadir=/var/lib/mysql/data", "--tmpdir=/var/lib/mysql/tmp"]
