# syntax=docker/dockerfile:1
# Escape = `
FROM a
RUN one `
  two
