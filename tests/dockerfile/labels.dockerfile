FROM a
LABEL version="1.0" maintainer=ann@example.com
LABEL "com.example.vendor"="ACME Incorporated" com.example.text='it is'
LABEL multi.label1="value1" \
      multi.label2="value2" \
      other="value3"
LABEL old style
