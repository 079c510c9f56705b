FROM a
RUN <<EOF
apt-get update
apt-get install -y curl
EOF
RUN <<-"END OF" cat > /x && echo done
	$HOME stays
	END OF
RUN cat <<A <<B
of a
A
of b
B
RUN python3 <<'PY'
print("hi") # not a comment
PY
RUN --mount=type=cache,target=/root/.cache <<EOF bash -ex
FROM is no instruction here
EOF
RUN echo "<<NOT" '<<NOT' a<<NOT <<<NOT << NOT
RUN 3<<EOF cat /dev/fd/3
three
EOF
