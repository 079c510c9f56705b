module benches

go 1.26.0
