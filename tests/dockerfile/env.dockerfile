FROM a
ENV OLD style with  spaces
ENV A=1 B="two words" C='single $X' D=a\ b E=
ENV PATH=/opt/bin:$PATH
ENV A=first A=second
env lower=case
ENV EMPTY ""
