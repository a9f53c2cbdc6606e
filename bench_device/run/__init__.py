"""bench_device.run."""
