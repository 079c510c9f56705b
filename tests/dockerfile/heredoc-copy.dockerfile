FROM a
COPY <<EOF /etc/motd
Hello $NAME
EOF
COPY --chmod=755 <<"run.sh" <<conf plain.txt /usr/local/bin/
#!/bin/sh
exec "$@"
run.sh
a=b
conf
ADD <<-one.txt /x
	indented
	one.txt
