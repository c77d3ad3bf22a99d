"""Sans-IO core: values, rules and decisions. Nothing here opens a socket, reads a clock or a file."""
