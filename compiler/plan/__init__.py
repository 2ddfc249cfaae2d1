"""The plan: a closed, deterministic document of the steps of a run."""
