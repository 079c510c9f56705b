locals {
  cis_v180_common_tags = merge(local.docker_compliance_common_tags, {
    cis         = "true"
    cis_version = "v1.8.0"
  })
}

benchmark "cis_v180" {
  title         = "CIS v1.8.0"
  description   = "The recommendations of the CIS Docker Benchmark, version 1.8.0."
  documentation = file("./cis_v180/docs/cis_v180.md")
  children = [
    benchmark.cis_v180_1,
    benchmark.cis_v180_2,
    benchmark.cis_v180_3,
    benchmark.cis_v180_4,
    benchmark.cis_v180_5,
    benchmark.cis_v180_6,
    benchmark.cis_v180_7
  ]

  tags = merge(local.cis_v180_common_tags, {
    type = "Benchmark"
  })
}
