

   FROM   a    AS    b   
	RUN	echo	hi	
RUN     echo    two   
   COPY   a   b   
CMD	[ "x" ]
