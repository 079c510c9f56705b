FROM a
CMD echo "hi" | cat
ENTRYPOINT exec top -b
RUN a&&b  &&   c
RUN echo "x && y" && echo 'p && q' && echo it\'s
RUN echo it's && true
RUN set -eux; \
  a; \
  b
