FROM a
MAINTAINER Ann Example <ann@example.com>
STOPSIGNAL SIGTERM
WORKDIR /path with spaces
WORKDIR $HOME/x
SHELL ["powershell", "-command"]
