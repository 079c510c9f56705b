# comment on an argument
ARG VERSION=3.20
ARG A B=1 C="two words" D='x=y' E=
FROM alpine:${VERSION}
ARG VERSION
ARG quoted="a\"b" plain=a\ b
