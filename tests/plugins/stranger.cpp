extern "C" __attribute__((visibility("default"))) int hello() { return 42; }
