"""What is common knowledge about where and how highly genes are expressed.

Lineage markers are textbook ones (surface markers, keratins, collagens, chains of the antigen
receptors). Levels are log2 counts per million of a pure cell population, rounded: they give the
simulated matrix the rank order that a person who knows tissue RNA-seq expects.
"""

from __future__ import annotations

COMPARTMENTS = (
    "malignant",
    "fibroblast",
    "macrophage",
    "dendritic",
    "t_cell",
    "b_cell",
    "endothelial",
    "nerve",
)

FRACTIONS = {
    "tumor": (0.50, 0.18, 0.10, 0.01, 0.09, 0.05, 0.05, 0.02),
    "tdln": (0.002, 0.06, 0.05, 0.05, 0.45, 0.34, 0.045, 0.003),
}
"""Typical share of RNA of each compartment, in the order of `COMPARTMENTS`."""

SPREAD = (0.45, 0.6, 0.45, 0.45, 0.45, 0.45, 0.45, 0.45)
"""SD of the natural logarithm of each share between samples; stroma varies most."""

MARKERS = {
    "malignant": """KRT5 KRT14 KRT6A KRT16 KRT17 KRT15 KRT19 EPCAM SFN TP63 S100A2 DSG3 PERP FXYD3
        LAMC2 LAMB3 CDH1 CDH3 ITGB4 COL17A1 TACSTD2 JUP DSP PKP1 TRIM29 CLDN4 CLDN7 KRT6B
        SPRR1B LY6D GJB2 CALML3 EGFR""",
    "fibroblast": """COL1A1 COL1A2 COL3A1 COL5A1 COL5A2 COL6A1 COL6A2 COL6A3 DCN LUM FAP PDGFRA
        PDGFRB THY1 POSTN MMP11 COL11A1 CTHRC1 ACTA2 TAGLN MYL9 SFRP2 AEBP1 FBLN1 CXCL12 CFD
        C7 MMP2 ISLR BGN ASPN THBS2""",
    "macrophage": """CD68 CD163 CD14 C1QA C1QB C1QC MS4A7 MS4A4A MS4A6A CSF1R FCGR3A FCGR2A MAFB
        AIF1 LYZ TYROBP FCER1G APOE APOC1 MARCO MRC1 MSR1 TREM2 SPP1 VSIG4 ITGAM CTSB
        GPNMB LGMN FOLR2 SLC40A1""",
    "dendritic": """CLEC9A XCR1 BATF3 CADM1 WDFY4 CD1C FCER1A CLEC10A CD1E LAMP3 CCL22 CCL17
        FSCN1 LILRA4 CLEC4C CD83""",
    "t_cell": """CD3D CD3E CD3G CD2 CD5 CD6 TRAC TRBC1 TRBC2 CD4 CD8A CD8B IL7R CD28 ICOS LCK
        ZAP70 ITK CCR7 TCF7 LEF1 GZMA GZMB GZMK PRF1 NKG7 GNLY KLRD1 FOXP3 CTLA4 TIGIT SELL
        KLRF1 NCR1 TRAT1 SIRPG THEMIS SH2D1A""",
    "b_cell": """MS4A1 CD79A CD79B CD19 BANK1 CD22 PAX5 BLK FCRL2 FCRLA CR2 TCL1A SPIB FCER2
        MZB1 JCHAIN DERL3 TNFRSF17 IGHG1 IGHG3 IGHM IGHD IGHA1 IGKC IGLC2 IGLC3 POU2AF1 VPREB3""",
    "endothelial": """PECAM1 VWF CDH5 CLDN5 PLVAP ENG EMCN KDR TEK TIE1 ROBO4 ESAM EGFL7 CD34
        CALCRL RAMP2 RAMP3 MMRN1 LYVE1 PROX1 CLEC14A ECSCR""",
    "nerve": """SOX10 S100B PLP1 MPZ CDH19 PMP2 MBP NGFR NRXN1 ERBB3 SCN7A GFRA3 FOXD3 GPM6B CNP
        NCAM1 L1CAM CRYAB PMP22 NEFL NEFM NEFH PRPH STMN2 GAP43 INA SNAP25 SYT1 TUBB3""",
}
"""Genes of which nearly all RNA comes from one compartment."""

SHARED = {
    "SLIT2": {"fibroblast": 6.2, "malignant": 4.2, "nerve": 6.0, "endothelial": 4.0},
    "SLIT3": {"fibroblast": 6.0, "endothelial": 4.0, "nerve": 4.0},
    "CCL5": {"t_cell": 9.0, "macrophage": 5.0, "dendritic": 5.0},
    "CD74": {"macrophage": 12.5, "dendritic": 13.0, "b_cell": 13.0, "endothelial": 9.0},
    "HLA-DRA": {"macrophage": 12.0, "dendritic": 12.5, "b_cell": 12.0, "endothelial": 8.5},
    "HLA-DRB1": {"macrophage": 11.5, "dendritic": 12.0, "b_cell": 11.5, "endothelial": 8.0},
    "HLA-DPA1": {"macrophage": 11.0, "dendritic": 11.5, "b_cell": 11.0, "endothelial": 8.0},
    "HLA-DPB1": {"macrophage": 11.0, "dendritic": 11.5, "b_cell": 11.0, "endothelial": 8.0},
    "HLA-DQA1": {"macrophage": 10.0, "dendritic": 10.5, "b_cell": 10.0},
    "PTPRC": {"t_cell": 8.5, "b_cell": 8.5, "macrophage": 8.0, "dendritic": 8.0},
    "RAMP1": {"t_cell": 3.0, "dendritic": 4.5, "macrophage": 3.5, "nerve": 4.0, "fibroblast": 3.0},
}
"""Genes of several compartments: level in each; in the others they are all but absent."""

LEVELS = {
    13.0: "MT-CO1 MT-CO2 MT-CO3 MT-ND4 MT-CYB MT-ATP6",
    12.0: "MT-ND1 MT-ND2 MT-ND3 MT-ND5 ACTB EEF1A1 TMSB4X B2M TMSB10 FTL FTH1 TPT1",
    11.0: """MT-ND4L MT-ATP8 GAPDH ACTG1 HLA-A HLA-B HLA-C HLA-E EEF2 TUBA1B PTMA UBC EEF1G PFN1
        CFL1 HSP90AB1 HSPA8 ENO1 PKM LDHA S100A6 S100A11 MYL6 VIM NACA EIF1 RACK1 MT-ND6""",
    10.0: "XBP1 HSPA5 PSAP CTSD LGALS3 LGALS1 NPM1 HNRNPA1 YWHAZ PPIA ATP5F1B SQSTM1 ATF4",
}
"""Level of genes that nearly all cells express highly."""

RIBOSOMAL_LEVEL = 10.3
STRONG_MARKERS = {
    **dict.fromkeys(("KRT5", "KRT14", "KRT6A", "KRT17", "KRT16", "S100A2", "SFN"), 12.0),
    **dict.fromkeys(("COL1A1", "COL1A2", "COL3A1", "SPARC"), 13.0),
    **dict.fromkeys(("IGHG1", "IGKC", "IGHA1", "IGLC2", "IGHM", "JCHAIN"), 12.5),
    **dict.fromkeys(("APOE", "LYZ", "C1QA", "C1QB", "C1QC", "TYROBP"), 11.0),
}
"""Level, in their own compartment, of markers that stand out even among markers."""

SILENT_PREFIXES = ("TAS2R", "DEFB", "KRTAP", "PRAMEF", "LCE", "VN1R", "TAAR", "SPATA", "TEX", "OR")
"""Families that tumors and nodes hardly express; ``OR`` is taken only before a digit."""

SILENT = """CALCA CALCB TAC1 TRPV1 TRPA1 TRPM8 SCN9A SCN10A SCN11A NTRK1 PRDM12 P2RX3 MRGPRD
    MRGPRX1 GFRA2 HTR3A SST NPPB ADCYAP1 POU4F1 ISL1 RBFOX3 ELAVL4 OPRM1 HBE1 HBZ HBG1"""
"""Genes whose RNA stays in the neurons' bodies, in ganglia; axons carry the peptide only."""

FEMALE = "XIST TSIX"
MALE = "RPS4Y1 DDX3Y KDM5D UTY EIF1AY USP9Y ZFY TMSB4Y NLGN4Y"
SEX_LEVELS = {**dict.fromkeys(FEMALE.split(), 5.5), **dict.fromkeys(MALE.split(), 4.5)}
SEX_LEVELS |= {"TSIX": 1.0, "TMSB4Y": 0.5, "NLGN4Y": 2.0, "XIST": 6.5, "RPS4Y1": 6.5}

HPV_SIGNATURE = {
    **{"CDKN2A": 3.0, "SYCP2": 2.0, "STAG3": 1.5, "MEI1": 1.5, "SYNGR3": 1.2, "ZFR2": 1.5},
    **{"TAF7L": 1.5, "MCM2": 0.7, "DHFR": 0.7, "CCND1": -1.2, "PTHLH": -1.2, "KRTDAP": -1.0},
}
"""log2 change in the malignant cells of HPV-positive tumors (published signatures, rounded)."""
