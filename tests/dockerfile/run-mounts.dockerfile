# syntax=docker/dockerfile:1.7
FROM a
RUN --mount=type=cache,target=/root/.cache/go-build,sharing=locked --network=none go build
RUN --mount=type=secret,id=token,required \
    --mount=type=ssh \
    --security=insecure \
    ./fetch && ./build
RUN --mount=type=bind,source=.,target=/src --mount="type=tmpfs,target=/tmp dir" ls
