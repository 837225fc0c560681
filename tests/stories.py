"""What the story of a flow has before it, for the planner of walks: by the catalog's own words alone."""

from __future__ import annotations

Step = tuple[str, str]
"""A flow, and the outcome it ends in (empty where it has none)."""

HELD: tuple[Step, ...] = (("detention", ""), ("arrest-execution", ""))
FREE: tuple[Step, ...] = (("detention", ""), ("arrest-request", "refused"), ("bail", ""))
JAILED: tuple[Step, ...] = (*HELD, ("judgment", "imprisonment"))
VIA: dict[str, tuple[Step, ...]] = {
    # what the story of a flow's example has before it, where the shortest way would leave it out
    "arrest-refusal-receipt": FREE,
    "arrest-request": (("detention", ""),),
    "change-answer": (("detention", ""), ("change-application", "")),
    "change-answer-court": (*HELD, ("change-application-court", "")),
    "change-answer-procuratorate": (*HELD, ("change-application-procuratorate", "")),
    "change-application": (("detention", ""),),
    "change-application-court": HELD,
    "change-application-procuratorate": HELD,
    "custody-extension": HELD,
    "custody-recount": HELD,
    "identity-established": HELD,
    "procedure-choice": HELD,
    "procedure-conversion": (*HELD, ("procedure-choice", "")),
    "psychiatric-appraisal": HELD,
    "psychiatric-appraisal-end": (*HELD, ("psychiatric-appraisal", "")),
    "review-extension": HELD,
    "trial-extension": HELD,
    "trial-resumption": (*HELD, ("trial-suspension", "")),
    "trial-suspension": HELD,
    "bail": (("detention", ""), ("arrest-request", "refused")),
    "bail-court": (*FREE, ("bail-procuratorate", "")),
    "bail-procuratorate": FREE,
    "case-withdrawal": (("detention", ""),),
    "community-correction": FREE,
    "community-correction-copy": FREE,
    "community-correction-receipt": (*FREE, ("community-correction", "")),
    "correction-end": (*FREE, ("community-correction-receipt", "")),
    "correction-end-notice": (*FREE, ("community-correction-receipt", "")),
    "court-release-notice": (*HELD, ("judgment", "acquitted")),
    "custody-limit-notice": (("detention", ""), ("arrest-request", "approved"), ("arrest-execution", "")),
    "custody-transfer": HELD,
    "detention-serving": JAILED,
    "execution-delivery": JAILED,
    "execution-receipt": JAILED,
    "hearing-notice": HELD,
    "investigation-termination": (("detention", ""),),
    "judgment": (*HELD, ("hearing-notice", "")),
    "judgment-effective": (*JAILED, ("judgment-service", "")),
    "judgment-service": JAILED,
    "non-prosecution": FREE,
    "non-prosecution-service": (*HELD, ("non-prosecution", "discretionary")),
    "prison-delivery": (*JAILED, ("execution-receipt", "")),
    "prison-receipt": JAILED,
    "prosecution": HELD,
    "prosecution-transfer": HELD,
    "re-transfer": HELD,
    "release": (("detention", ""), ("arrest-request", "refused")),
    "residential-surveillance": (("detention", ""), ("arrest-request", "refused")),
    "sentence-served": (*JAILED, ("prison-receipt", "")),
    "sentence-served-detention": (*JAILED, ("detention-serving", "")),
    "supplementary-investigation": HELD,
}
BRANCHES: tuple[tuple[Step, tuple[Step, ...]], ...] = (
    # effects that apply to some subjects only: the ways that the shortest story does not take
    (("judgment-effective", ""), (*HELD, ("judgment", "acquitted"))),
    (("judgment-effective", ""), (*HELD, ("judgment", "exempt"))),
    (("judgment-effective", ""), (*FREE, ("judgment", "probation"))),
    (("execution-delivery", ""), (*HELD, ("judgment", "criminal-detention"))),
    (("sentence-served-detention", ""), (*HELD, ("judgment", "criminal-detention"))),
    (("arrest-request", "approved"), ()),
    (("prosecution-transfer", ""), FREE),
    (("custody-transfer", ""), (*HELD, ("supplementary-investigation", ""))),
    (("custody-transfer", ""), (*HELD, ("prosecution", ""))),
    (("legal-aid-notice", "appointed"), (*HELD, ("prosecution", ""))),
)
