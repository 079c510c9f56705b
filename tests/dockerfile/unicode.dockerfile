FROM größe/bild:1
# größer als ß
LABEL name="Zoë — 漢字" emoji=🐳
RUN echo "naïve" && echo ’quoted’
ENV TEXT="a b"
COPY --chown=ünï über /ziel
