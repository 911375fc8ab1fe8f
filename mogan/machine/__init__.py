"""The computer: jit, devices and hosts, memory, signals, files, and what stays on disk between processes."""
