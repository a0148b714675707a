"""The product under faults: killed, cut off and put back, with one to three replicas."""
