"""bench_device.answers."""
