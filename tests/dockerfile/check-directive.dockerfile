# check=skip=JSONArgsRecommended
FROM a
CMD run
