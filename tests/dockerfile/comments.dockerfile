# syntax=docker/dockerfile:1
# first
# second

FROM a
   # indented
RUN one
#
# only this one
RUN two
# gone
#
RUN three
# kept over an empty line


RUN four
#no space
RUN five # not a comment
# trailing
