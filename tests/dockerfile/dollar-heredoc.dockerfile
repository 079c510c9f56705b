FROM a
RUN cat <<$NAME
text
$NAME
RUN cat <<\EOF
text
EOF
RUN cat <<E"O"F
text
EOF
