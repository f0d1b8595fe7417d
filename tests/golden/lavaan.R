# Path models of R's lavaan, the oracle of tests/unit/circuit/test_path_model.py.
# Rscript lavaan.R lavaan.tsv
# Not sem(), which lets the residuals of nodes without effects correlate: the arrows are the model.
suppressPackageStartupMessages(library(lavaan))
nodes <- c("a", "b", "c", "d", "e")
correlation <- matrix(c(
  1.00, 0.45, 0.10, 0.20, 0.30,
  0.45, 1.00, -0.05, 0.40, 0.25,
  0.10, -0.05, 1.00, -0.35, -0.15,
  0.20, 0.40, -0.35, 1.00, 0.55,
  0.30, 0.25, -0.15, 0.55, 1.00
), 5, dimnames = list(nodes, nodes))
models <- list(
  collider = "b ~ a\n d ~ b + c\n e ~ d",
  other = "e ~ a\n b ~ c\n c ~ e\n d ~ a"
)
rows <- lapply(names(models), function(name) {
  fit <- lavaan(models[[name]], sample.cov = correlation, sample.nobs = 80, auto.var = TRUE)
  slopes <- subset(parameterEstimates(fit), op == "~")
  indices <- fitMeasures(fit, c("npar", "df", "chisq", "pvalue", "cfi", "tli", "rmsea"))
  edge <- function(measure) data.frame(model = name, source = slopes$rhs, target = slopes$lhs,
                                       measure = measure, value = slopes[[measure]])
  whole <- data.frame(model = name, source = "", target = "", measure = names(indices),
                      value = as.numeric(indices))
  rbind(edge("est"), edge("se"), edge("pvalue"), whole)
})
table <- do.call(rbind, rows)
table$value <- signif(table$value, 8)
write.table(table, commandArgs(trailingOnly = TRUE)[1], sep = "\t", quote = FALSE,
            row.names = FALSE)
