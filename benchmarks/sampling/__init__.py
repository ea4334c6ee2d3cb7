"""One posterior, sampled with and without gradients."""
