FROM golang:1.23 AS Build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download && go build -o /out/app .

FROM build as test
RUN go test ./...

FROM scratch
COPY --from=build /out/app /app
ENTRYPOINT ["/app"]
