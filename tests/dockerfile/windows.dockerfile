# escape=`
FROM mcr.microsoft.com/windows/servercore:ltsc2022
SHELL ["powershell", "-Command", "$ErrorActionPreference = 'Stop';"]
RUN Invoke-WebRequest -Uri https://example.com/a.zip -OutFile C:\a.zip; `
    Expand-Archive C:\a.zip -DestinationPath C:\ ; `
    Remove-Item C:\a.zip
COPY ["Program Files", "C:\\Program Files\\x\\"]
