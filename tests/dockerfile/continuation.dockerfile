FROM a
RUN apt-get update && \
    # a comment between
    apt-get install -y \
      curl \

      wget \
# at the margin
      git
RUN echo one \   
  two
RUN echo "a \\
RUN echo b\
c
ENV A=1 \
    B=2 \
    # C=3
    D=4
