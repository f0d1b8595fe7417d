"""Single cells: quality control, embedding, annotation, malignancy, pseudobulk, composition."""
