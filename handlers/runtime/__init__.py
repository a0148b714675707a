"""What a running process stands on: threads, deadlines, outgoing calls, faults and the shutdown."""
