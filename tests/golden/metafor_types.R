# Kinds of cohorts compared, and the prediction interval, by R's metafor (versions in
# metafor.versions.txt): the oracle of tests/unit/circuit/test_meta.py.
# Rscript metafor_types.R metafor_types.tsv
suppressPackageStartupMessages(library(metafor))
sets <- list(
  varied = list(yi = c(0.10, 0.55, 0.30, 0.80, -0.05, 0.62), vi = c(0.02, 0.03, 0.01, 0.04, 0.02, 0.01),
                type = c("A", "B", "A", "B", "A", "C")),
  alike = list(yi = c(0.30, 0.32, 0.78, 0.71), vi = c(0.02, 0.03, 0.01, 0.04),
               type = c("A", "A", "B", "B"))
)
exact <- list(tol = 1e-12)
rows <- lapply(names(sets), function(name) {
  set <- sets[[name]]
  each <- rma(yi, vi, mods = ~ type - 1, data = as.data.frame(set), method = "PM",
              test = "adhoc", control = exact)
  test <- rma(yi, vi, mods = ~ type, data = as.data.frame(set), method = "PM",
              test = "adhoc", control = exact)
  all <- predict(rma(yi, vi, data = as.data.frame(set), method = "PM", test = "adhoc",
                     control = exact), pi.type = "riley")
  at <- match(set$type, sort(unique(set$type)))
  data.frame(set = name, yi = set$yi, vi = set$vi, type = set$type, tau2 = each$tau2,
             estimate = c(each$beta)[at], low = each$ci.lb[at], high = each$ci.ub[at],
             f = test$QM, pvalue = test$QMp,
             prediction_low = all$pi.lb, prediction_high = all$pi.ub)
})
write.table(do.call(rbind, rows), commandArgs(trailingOnly = TRUE)[1], sep = "\t",
            quote = FALSE, row.names = FALSE)
