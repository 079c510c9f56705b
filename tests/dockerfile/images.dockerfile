FROM localhost:5000/team/app
FROM localhost:5000/team/app:1.2
FROM registry.example.com/a/b:1.2@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
FROM alpine@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
FROM --platform=$BUILDPLATFORM docker.io/library/debian:bookworm-slim AS base
FROM $BASE
FROM ${BASE:-alpine:3.20}
FROM ${BASE:-x.io/alpine:3.20}
FROM ${REGISTRY:-x.io:5000/team}/app:1
FROM alpine:${VERSION:-3.20} AS last.stage_1-x
