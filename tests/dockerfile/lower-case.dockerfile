from alpine as one
run echo hi
From one As two
Run echo ho
copy --from=one /a /b
cmd ["a"]
