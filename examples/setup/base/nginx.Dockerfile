# Debian's nginx, for the curated image of examples/curated/nginx.
ARG debian
FROM ${debian}
RUN apt-get update \
 && apt-get install -y --no-install-recommends nginx-light \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt /var/log/* \
 && sed -i 's|/run/nginx.pid|/run/nginx/nginx.pid|; /^user /d' /etc/nginx/nginx.conf \
 && sed -i -E 's/listen (\[::\]:)?80 /listen \18080 /' /etc/nginx/sites-available/default \
 && install -d -o 65532 -g 65532 /var/log/nginx /var/lib/nginx /run/nginx
USER 65532:65532
WORKDIR /var/www/html
EXPOSE 8080
STOPSIGNAL SIGQUIT
ENTRYPOINT ["nginx"]
CMD ["-e", "stderr", "-g", "daemon off;"]
