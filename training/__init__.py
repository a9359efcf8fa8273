"""The researcher's side: data sets, augmentation, training and evaluation."""
