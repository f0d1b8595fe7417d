"""Who responds to treatment: nodes, published predictors and a signature."""
