# sipedge in a container: an installation as install.sh makes it, without systemd.
#
#   docker build -t sipedge .
#   docker run -d --name sipedge --network host -v sipedge-data:/var/lib/sipedge -v sipedge-config:/etc/sipedge sipedge
#   docker logs sipedge          the page's address and the one-time link
#
# With --network host the telephones see the machine's own addresses, and no port of voice passes a proxy. Without it
# publish what is exposed below, choose a smaller media.ports, and set media.address to the machine's address.

FROM node:22-trixie-slim AS build
WORKDIR /house
COPY . .
RUN npx -y deno@2.9.6 task build --kind bundled

FROM debian:13-slim
# A known number, for the owner of volumes. The program stays unpacked, so only the head of its file is needed.
RUN --mount=type=bind,from=build,source=/house,target=/house \
    useradd --uid 10001 --user-group --home-dir /var/lib/sipedge --no-create-home \
        --shell /usr/sbin/nologin sipedge \
    && /house/install.sh --file /house/dist/sipedge --domain office.internal \
    && sed '/^# What follows is no text/q' /house/dist/sipedge >/usr/local/bin/sipedge
USER sipedge
# Configuration, and the database with certificates and recordings.
VOLUME ["/etc/sipedge", "/var/lib/sipedge"]
# SIP over UDP and TCP, SIP over TLS, the page, voice.
EXPOSE 5060/udp 5060/tcp 5061/tcp 8443/tcp 20000-29999/udp
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 CMD sipedge status >/dev/null || exit 1
ENTRYPOINT ["sipedge"]
CMD ["serve"]
