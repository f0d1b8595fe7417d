# Weibull and exponential fits of R's survival, for tests/unit/clinical/test_trial_size.py.
# Arguments: table with time and event, table to write.
library(survival)
arguments <- commandArgs(trailingOnly = TRUE)
data <- read.delim(arguments[1])
weibull <- survreg(Surv(time, event) ~ 1, data = data, dist = "weibull")
exponential <- survreg(Surv(time, event) ~ 1, data = data, dist = "exponential")
found <- data.frame(
  scale = exp(coef(weibull)),
  shape = 1 / weibull$scale,
  exponential_scale = exp(coef(exponential)),
  difference = weibull$loglik[2] - exponential$loglik[2]
)
write.table(found, arguments[2], sep = "\t", row.names = FALSE, quote = FALSE)
