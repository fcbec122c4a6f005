"""What generators that are trained share: examples, Lightning, checkpoints and the learning curve."""
