#![no_main]
use steampipe_plugin_docker::fuzz;
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::yaml::run(bytes));
