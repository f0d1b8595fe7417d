# Cox models of R's survival with their checks, the oracle of test_survival_models.py.
# Rscript survival_models.R data.tsv out.tsv; data: time, event, score, cut (a time), covariates
suppressPackageStartupMessages(library(survival))
arguments <- commandArgs(trailingOnly = TRUE)
data <- read.delim(arguments[1])
covariates <- setdiff(names(data), c("time", "event", "score", "cut"))
score <- as.vector(scale(data$score))
data$score <- score
knots <- unname(quantile(score, c(0.05, 0.35, 0.65, 0.95)))
cubed <- function(knot) pmax(score - knot, 0)^3
bend <- function(knot) {
  cubed(knot) -
    cubed(knots[3]) * (knots[4] - knot) / (knots[4] - knots[3]) +
    cubed(knots[4]) * (knots[3] - knot) / (knots[4] - knots[3])
}
data$bend_1 <- bend(knots[1])
data$bend_2 <- bend(knots[2])
rows <- lapply(list(plain = character(), adjusted = covariates), function(names) {
  fit <- coxph(reformulate(c("score", names), "Surv(time, event)"), data, ties = "efron")
  curved <- coxph(reformulate(c("score", "bend_1", "bend_2", names), "Surv(time, event)"), data)
  split <- survSplit(Surv(time, event) ~ ., data[names(data) != "cut"], cut = data$cut[1],
                     episode = "period")
  terms <- paste0(c("score", names), ":strata(period)")
  by_period <- coxph(reformulate(terms, "Surv(tstart, time, event)"), split)
  coefficients <- coef(by_period)[grepl("^score", names(coef(by_period)))]
  numbers <- summary(fit)
  data.frame(
    coef = coef(fit)["score"], ci_low = numbers$conf.int["score", "lower .95"],
    ci_high = numbers$conf.int["score", "upper .95"],
    p = numbers$coefficients["score", "Pr(>|z|)"], concordance = concordance(fit)$concordance,
    zph_chi2 = cox.zph(fit, transform = "rank")$table["score", "chisq"],
    zph_p = cox.zph(fit, transform = "rank")$table["score", "p"],
    spline_p = anova(fit, curved)[2, "Pr(>|Chi|)"],
    early = coefficients[1], late = coefficients[2]
  )
})
options(digits = 12)
out <- cbind(model = c("plain", "adjusted"), do.call(rbind, rows))
write.table(out, arguments[2], sep = "\t", quote = FALSE, row.names = FALSE)
