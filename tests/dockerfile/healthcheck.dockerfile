FROM a
HEALTHCHECK NONE
HEALTHCHECK CMD curl -f http://localhost/ || exit 1
HEALTHCHECK --interval=1m30s --timeout=500ms --start-period=1.5h --start-interval=2s --retries=3 CMD ["curl", "-f", "http://localhost/"]
HEALTHCHECK --interval=0s --retries=0 cmd   true
healthcheck none
HEALTHCHECK --interval=1h2m3s4ms5us6ns CMD x
