"""bench_device.engine."""
