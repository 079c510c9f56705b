# no FROM: a piece to be included
ARG A=1
RUN echo $A
