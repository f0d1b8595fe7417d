# Random-effects meta-analysis of R's metafor, the oracle of tests/unit/circuit/test_synthesis.py.
# Rscript metafor.R metafor.tsv
suppressPackageStartupMessages(library(metafor))
sets <- list(
  varied = list(yi = c(0.10, 0.55, 0.30, 0.80, -0.05), vi = c(0.02, 0.03, 0.01, 0.04, 0.02)),
  alike = list(yi = c(0.30, 0.32, 0.28, 0.31), vi = c(0.02, 0.03, 0.01, 0.04)),
  two = list(yi = c(0.10, 0.60), vi = c(0.01, 0.02))
)
rows <- lapply(names(sets), function(name) {
  fit <- rma(sets[[name]]$yi, sets[[name]]$vi, method = "PM", test = "adhoc",
             control = list(tol = 1e-12))
  left <- if (name == "two") rep(NA, 2) else leave1out(fit)$estimate
  data.frame(set = name, yi = sets[[name]]$yi, vi = sets[[name]]$vi, estimate = c(fit$beta),
             low = fit$ci.lb, high = fit$ci.ub, pvalue = fit$pval, tau2 = fit$tau2,
             q_pvalue = fit$QEp, without = left)
})
write.table(do.call(rbind, rows), commandArgs(trailingOnly = TRUE)[1], sep = "\t",
            quote = FALSE, row.names = FALSE)
