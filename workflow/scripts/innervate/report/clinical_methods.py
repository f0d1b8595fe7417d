"""Methods of the clinical analyses, in words that can go into a paper."""

from __future__ import annotations

from innervate.prediction import signature
from innervate.report.context import Context
from innervate.report.text import listed, percent, plain
from innervate.report.versions import version
from innervate.statistics import maximally_selected
from innervate.statistics.association_models import EVENTS_PER_VARIABLE
from innervate.trials.control_arm import OWN_PATIENTS
from innervate.trials.trial_size import EXPECTED, TRIALS


def clinical_methods(context: Context) -> list[str]:
    """Paragraphs on those clinical analyses that the cohort has.

    Parameters
    ----------
    context
        Of the report.
    """
    tables, parts = context.results.clinical, []
    if tables.get("associations") is not None:
        parts.append(_clinical(context))
    predicted = tables.get("prediction")
    if predicted is not None and predicted["auc"].notna().any():
        parts.append(_prediction(context))
    if tables.get("biomarkers") is not None:
        parts.append(_biomarkers(context))
    imputed = tables.get("imputed")
    if imputed is not None and imputed["imputations"].notna().any():
        parts.append(_imputation(context))
    trials = tables.get("trials")
    if trials is not None and trials["n_enrolled"].notna().any():
        parts.append(_trials(context))
    return parts


def _clinical(context: Context) -> str:
    settings = context.settings.clinical
    clinical = context.cohort.clinical
    pains = [
        f"{name} ({pain.instrument}, {pain.direction.replace('_', ' ')})"
        for name, pain in (clinical.pain if clinical else {}).items()
    ]
    pain = (
        f"Pain: {listed(pains)}; intensities were set to 0 to 10, higher is worse. "
        if pains
        else ""
    )
    repeated = [
        f"{name} (worsening: the last measurement lies at least {pain.worsening:g} of 10 points "
        "above the baseline)"
        for name, pain in (clinical.pain if clinical else {}).items()
        if pain.repeats
    ]
    if repeated:
        pain += (
            f"Repeated measurements: {listed(repeated)}; about 2 points are clinically important "
            "(Farrar and others 2001, doi:10.1016/S0304-3959(01)00349-9), and patients whose "
            "baseline leaves no room for the rise are not judged. Linear mixed models with an "
            "intercept for each patient gave the level at baseline and the trend, per standard "
            "deviation of a score. "
        )
    adjusted = listed(clinical.adjust_for) if clinical and clinical.adjust_for else ""
    models = f" Adjusted models hold {adjusted}." if adjusted else ""
    return plain(
        f"{pain}Scores were tested against pain by Spearman rank correlation and against "
        "time-to-event endpoints by Cox proportional-hazards models per standard deviation "
        f"({version(context, 'lifelines')}), against responses by logistic models (Firth's where "
        "responders are separated) or proportional-odds models, where at least "
        f"{settings.min_patients} patients had both values and at least {settings.min_events} the "
        "event or the rarer answer."
        f"{models} "
        "P-values are two-sided, corrected by Benjamini and Hochberg (1995, "
        "doi:10.1111/j.2517-6161.1995.tb02031.x) over the scores of one "
        f"endpoint and model.{_survival_models(context)}"
    )


def _survival_models(context: Context) -> str:
    frame = context.results.clinical.get("survival_models")
    if frame is None or frame.empty:
        return ""
    low, high = maximally_selected.SEARCHED
    landmark = (
        " From the landmark on, only patients still followed without the event count."
        if frame["analysis"].str.contains("landmark").any()
        else ""
    )
    return (
        " Proportional hazards were tested on ranked times (Grambsch and Therneau 1994, "
        "doi:10.1093/biomet/81.3.515), linearity by restricted cubic splines with four knots. With "
        f"fewer than {EVENTS_PER_VARIABLE} events per variable Firth's penalized partial "
        "likelihood was added (Heinze and Schemper 2001, doi:10.1111/j.0006-341X.2001.00114.x). "
        "The maximally selected cut is that of the largest log-rank statistic between "
        f"{percent(low)} and {percent(high)} of the patients (Lausen and Schumacher 1992, "
        "doi:10.2307/2532740), its p-value that of "
        f"{maximally_selected.PERMUTATIONS:,} permutations searched alike. These checks and "
        f"explorations are not part of the false discovery rate.{landmark}"
    )


def _biomarkers(context: Context) -> str:
    above = context.settings.clinical.active_above
    return plain(
        "Biomarkers were judged at cuts declared beforehand. To avoid circularity, a patient "
        f"counts as active where the mean signed z of the other index nodes exceeds {above:g}, "
        "namely of those that share no gene of a tissue and no clinical column with the marker. "
        "Shares have Wilson's 95% interval (doi:10.1080/01621459.1927.10502953), areas under the "
        "curve Newcombe's (doi:10.1002/sim.2324)."
    )


def _imputation(context: Context) -> str:
    clinical = context.cohort.clinical
    names = listed(clinical.adjust_for) if clinical else "covariates"
    return plain(
        f"Missing values of {names} were imputed {context.settings.clinical.imputations} times by "
        f"chained equations with predictive mean matching ({version(context, 'statsmodels')}) from "
        "the other covariates, the score and the endpoint; of a time to event, whether it happened "
        "and the cumulative hazard (White and Royston 2009, doi:10.1002/sim.3618). Estimates were "
        "pooled by Rubin's rules with the degrees of freedom of Barnard and Rubin 1999 "
        "(doi:10.1093/biomet/86.4.948), which widens intervals of few patients or events also "
        "where little is missing. Scores and endpoints were not imputed."
    )


def _prediction(context: Context) -> str:
    settings = context.settings.clinical
    treated = " in the treated arm" if context.cohort.clinical.arm else ""
    return plain(
        f"Prediction of response{treated} was judged by the area under the ROC curve (DeLong and "
        "others 1988, doi:10.2307/2531595; Mann-Whitney test), where at least "
        f"{settings.min_patients} patients had both and {settings.min_events} the rarer answer. "
        "The direction of each predictor was fixed beforehand. Known predictors, from bulk tumor "
        "RNA: CD274; the T-cell-inflamed profile, its genes unweighted (Ayers and others 2017, "
        "doi:10.1172/JCI91190); cytolytic activity (Rooney and others 2015, "
        "doi:10.1016/j.cell.2014.12.033); CXCL9 and CXCL9 over SPP1 (Bill and others 2023, "
        "doi:10.1126/science.ade2292); and two scores after the ideas of TIDE (Jiang and others "
        "2018, doi:10.1038/s41591-018-0136-1). The signature is a ridge-penalized logistic model "
        f"of the measured nodes: {signature.FOLDS} stratified folds, {signature.REPEATS} times, "
        f"the penalty chosen by {signature.INNER_FOLDS} folds of the patients learned from; its "
        f"test is by {signature.PERMUTATIONS} "
        "permutations of the answers through the whole procedure, one-sided. Net benefit is that "
        "of Vickers and Elkin (2006, doi:10.1177/0272989X06295361)."
    )


def _trials(context: Context) -> str:
    below = context.settings.clinical.suppress_below
    suppressed = f" Counts below {below} were suppressed." if below > 1 else ""
    return plain(
        "Two-arm trials in patients who meet a rule were sized by simulation "
        f"({TRIALS:,} trials at each size, on common random numbers, by bisection): times to an "
        "event by log-rank test, with proportional hazards, even accrual and a control arm that "
        "follows the exponential or Weibull distribution fitted to those who meet the rule (AIC; "
        f"to the whole cohort where they are fewer than {OWN_PATIENTS}); responses by chi-square, "
        f"or Fisher's test where an expected count is below {EXPECTED:g}; pain by Student's t. "
        "Shares of patients who meet a rule have Wilson's intervals (Wilson 1927, "
        f"doi:10.1080/01621459.1927.10502953).{suppressed}"
    )
