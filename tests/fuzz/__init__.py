"""Mutation fuzzing of the readers: files that are nearly right, read where a crash or a hang does no harm."""
