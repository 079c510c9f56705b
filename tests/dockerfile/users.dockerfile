FROM a
USER root
USER app:staff
USER 1000:1000
USER ${APP_USER:-app}
USER ${U:-a}:${G:-b}
