FROM alpine
# comment
RUN a && \
    b
RUN <<EOF
echo hi
EOF
CMD ["x"]
