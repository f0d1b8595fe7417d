# Weighted Cox models and martingale residuals of R's survival, the oracle of
# tests/unit/statistics/test_weighted_regression.py, which writes its data with made_up().
# Rscript weighted_cox.R data.tsv weighted_cox.tsv
suppressPackageStartupMessages(library(survival))
arguments <- commandArgs(trailingOnly = TRUE)
data <- read.delim(arguments[1])
models <- lapply(grep("^weight", names(data), value = TRUE), function(name) {
  drawn <- data[data[[name]] > 0, ]
  fit <- coxph(Surv(time, event) ~ a + b + c, drawn, weights = drawn[[name]], ties = "efron")
  data.frame(what = name, name = names(coef(fit)), value = coef(fit))
})
left <- resid(coxph(Surv(time, event) ~ b + c, data, ties = "efron"), type = "martingale")
models <- c(models, list(data.frame(what = "martingale", name = seq_along(left) - 1, value = left)))
out <- do.call(rbind, models)
out$value <- sprintf("%.10g", out$value)
write.table(out, arguments[2], sep = "\t", quote = FALSE, row.names = FALSE)
writeLines(paste("R", getRversion(), "survival", packageVersion("survival")),
           sub("tsv$", "versions.txt", arguments[2]))
