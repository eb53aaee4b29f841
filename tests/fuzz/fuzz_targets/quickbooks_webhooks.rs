#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| quickbooks::fuzz::webhooks(input));
