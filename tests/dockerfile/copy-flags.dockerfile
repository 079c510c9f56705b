FROM a
COPY --link --chmod=644 --chown=app:app a b /c/
COPY --from="build" --exclude=*.md . /app
COPY --parents ./x/a.txt ./y/ /parents/
ADD --checksum=sha256:24454f830cdb571e2c4ad15481119c43b3cafd48dd869a9b2945d1036d1dc68d https://example.com/a.tar.gz /
ADD --keep-git-dir=true https://github.com/moby/buildkit.git#v0.10.1 /buildkit
ADD --chown='1:2' -- --odd /x
COPY -- --from=literal /x
