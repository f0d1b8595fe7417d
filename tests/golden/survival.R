# Cox models of R's survival, the oracle of tests/unit/clinical. Rscript survival.R data.tsv out.tsv
suppressPackageStartupMessages(library(survival))
arguments <- commandArgs(trailingOnly = TRUE)
data <- read.delim(arguments[1])
fits <- list(
  plain = coxph(Surv(time, event) ~ score, data, ties = "efron"),
  adjusted = coxph(Surv(time, event) ~ score + age + sex, data, ties = "efron")
)
rows <- lapply(names(fits), function(name) {
  fit <- summary(fits[[name]])
  data.frame(
    model = name, coef = fit$coefficients["score", "coef"],
    se = fit$coefficients["score", "se(coef)"], p = fit$coefficients["score", "Pr(>|z|)"],
    zph = cox.zph(fits[[name]], transform = "rank")$table["score", "p"]
  )
})
write.table(do.call(rbind, rows), arguments[2], sep = "\t", quote = FALSE, row.names = FALSE)
