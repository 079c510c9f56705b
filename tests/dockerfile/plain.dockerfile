FROM alpine:3.20
RUN apk add --no-cache curl
COPY . /app
WORKDIR /app
USER app
EXPOSE 8080
CMD ["./server"]
