# The oracle of differential expression: DESeq2 itself.
# Rscript deseq2.R counts.tsv samples.tsv result.tsv
# counts: genes x samples; samples: the design's columns in order, the tested one last, each
# with its levels in order of appearance, the reference first.
suppressMessages(library(DESeq2))
files <- commandArgs(trailingOnly = TRUE)
counts <- as.matrix(read.delim(files[1], row.names = 1, check.names = FALSE))
samples <- read.delim(files[2], row.names = 1, colClasses = "character")
samples[] <- lapply(samples, function(column) factor(column, levels = unique(column)))
design <- as.formula(paste("~", paste(names(samples), collapse = " + ")))
dds <- DESeq(DESeqDataSetFromMatrix(counts, samples, design), quiet = TRUE)
tested <- levels(samples[[ncol(samples)]])
contrast <- c(names(samples)[ncol(samples)], tested[2], tested[1])
result <- as.data.frame(results(dds, contrast = contrast, alpha = 0.05))
result$vst <- assay(vst(dds, blind = TRUE))[, 1]
result$dispersion <- dispersions(dds)
result$size_factor <- sizeFactors(dds)[1]
options(digits = 15)
write.table(cbind(gene = rownames(result), result), files[3], sep = "\t", quote = FALSE,
            row.names = FALSE)
cat(R.version.string, "; DESeq2 ", as.character(packageVersion("DESeq2")), "\n", sep = "")
