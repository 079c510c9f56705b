# a comment
# escape=`
FROM a
RUN one `
RUN two \
  three
