FROM a
RUN ["apt-get", "install", "-y", "a && b"]
RUN   [ "spaced" ,"list" ]
RUN [ -f /x ] && echo yes
RUN ["broken", ]
RUN ['single']
RUN ["a"] trailing
CMD []
ENTRYPOINT []
CMD
ENTRYPOINT ["sh", "-c", "echo \u00e9 \"q\""]
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
VOLUME ["/a", "/b c"]
COPY ["a b", "c", "/dest dir/"]
ADD ["x", "y"]
