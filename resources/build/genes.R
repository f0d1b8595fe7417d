# Human gene facts from Bioconductor's org.Hs.eg.db (NCBI Gene), one row a gene and Ensembl id.
# Rscript genes.R OUTPUT.tsv
suppressPackageStartupMessages(library(org.Hs.eg.db))
db <- org.Hs.eg.db
ids <- keys(db, "ENTREZID")
genes <- select(db, ids, c("SYMBOL", "GENETYPE"), "ENTREZID")
ensembl <- select(db, ids, "ENSEMBL", "ENTREZID")
alias <- select(db, ids, "ALIAS", "ENTREZID")
alias <- tapply(alias$ALIAS, alias$ENTREZID, function(x) paste(sort(unique(x)), collapse = ";"))
place <- as.data.frame(org.Hs.egCHRLOC)
place <- place[place$Chromosome %in% c(1:22, "X", "Y", "MT"), ]
place <- place[order(place$gene_id, abs(place$start_location)), ]
place <- place[!duplicated(place$gene_id), ]
genes <- merge(genes, ensembl, by = "ENTREZID", all.x = TRUE)
found <- match(genes$ENTREZID, place$gene_id)
genes$chromosome <- place$Chromosome[found]
genes$start <- abs(place$start_location[found])
genes$aliases <- alias[genes$ENTREZID]
output <- commandArgs(trailingOnly = TRUE)[1]
write.table(genes, output, sep = "\t", quote = FALSE, row.names = FALSE, na = "")
