FROM a
ONBUILD RUN make && make install
ONBUILD COPY --from=build --chown=1:1 /a /b/
onbuild add . /app
ONBUILD ENV A=1 B=2
ONBUILD HEALTHCHECK --interval=5s CMD true
ONBUILD CMD ["a", "b"]
ONBUILD RUN <<EOF
hi
EOF
ONBUILD USER app:staff
