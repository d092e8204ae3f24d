extern "C" __attribute__((visibility("default"))) char const* txq_plugin_fingerprint() { return "txq plugin 0"; }
