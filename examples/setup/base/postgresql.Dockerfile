# Debian's PostgreSQL, for the curated image of examples/curated/postgresql.
ARG debian
FROM ${debian}
# The user is there before the package, so that its number is ours; and the package makes no cluster of its own.
RUN groupadd --system --gid 65532 postgres \
 && useradd --system --uid 65532 --gid postgres --home-dir /var/lib/postgresql --shell /usr/sbin/nologin postgres \
 && mkdir -p /etc/postgresql-common && echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf \
 && apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends postgresql-15 \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt /var/log/* /var/lib/postgresql \
 && install -d -o postgres -g postgres -m 750 /var/lib/postgresql
COPY postgresql.start /usr/local/bin/postgresql-start
RUN printf "%s\n" "listen_addresses = '*'" "hba_file = '/etc/postgresql/pg_hba.conf'" "unix_socket_directories = ''" \
      >/etc/postgresql/postgresql.conf \
 && echo 'host all all all scram-sha-256' >/etc/postgresql/pg_hba.conf
ENV PATH=/usr/lib/postgresql/15/bin:/usr/local/bin:/usr/bin:/bin PGDATA=/var/lib/postgresql/data \
    POSTGRES_USER=app POSTGRES_DB=app
USER 65532:65532
WORKDIR /var/lib/postgresql
VOLUME /var/lib/postgresql
EXPOSE 5432
STOPSIGNAL SIGINT
ENTRYPOINT ["postgresql-start"]
CMD ["postgres", "--config-file=/etc/postgresql/postgresql.conf"]
