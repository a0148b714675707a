"""The managers' weekly digest: who is waiting, what is overdue, what failed."""
