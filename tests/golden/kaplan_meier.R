# Kaplan-Meier of R's survival, the oracle of tests/unit/clinical/test_survival.py.
# Rscript kaplan_meier.R data.tsv horizon out.tsv
suppressPackageStartupMessages(library(survival))
arguments <- commandArgs(trailingOnly = TRUE)
data <- read.delim(arguments[1])
fit <- survfit(Surv(time, event) ~ group, data, conf.type = "log-log")
rows <- as.data.frame(summary(fit, rmean = as.numeric(arguments[2]))$table)
rows$group <- sub("group=", "", rownames(rows))
names(rows) <- sub("\\*", "", names(rows))
rows$logrank <- survdiff(Surv(time, event) ~ group, data)$pvalue
write.table(rows, arguments[3], sep = "\t", quote = FALSE, row.names = FALSE)
