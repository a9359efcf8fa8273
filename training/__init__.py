"""The researcher's side: data sets, training, evaluation and ablations. Empty until the first of them is built."""
