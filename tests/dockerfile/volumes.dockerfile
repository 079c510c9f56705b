FROM a
VOLUME /data
VOLUME /a /b
VOLUME [ " /padded " ]
