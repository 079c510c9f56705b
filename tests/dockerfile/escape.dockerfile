# escape=`
FROM mcr.microsoft.com/windows/nanoserver:ltsc2022
COPY testfile.txt c:\
RUN dir c:\ `
    /s
ENV A=a` b P="c:\x"
WORKDIR c:\app
