"""What the addon carries out of a policy on seals."""

from __future__ import annotations

from zhidu.policy.capabilities import Capability, Sort
from zhidu.texts import lazy_gettext as _l
from zhidu_seals.settings import INSPECTION_MONTHS

CAPABILITIES = (
    Capability(
        "seals.seal.register",
        _l("Keep a file of all seals"),
        summary=_l("With state, custodian, approver and the documents that each seal is for."),
    ),
    Capability(
        "seals.seal.separate",
        _l("Keep applicant, approver and custodian apart"),
        summary=_l("Nobody approves or stamps a request that is their own."),
    ),
    Capability(
        "seals.seal.stop",
        _l("Stop the use of a lost or damaged seal at once"),
        summary=_l("Nothing more is stamped with it, approved requests included."),
    ),
    Capability(
        "seals.use_request.permit",
        _l("Allow each seal for certain documents only"),
        summary=_l("A request for another type of document is refused."),
    ),
    Capability(
        "seals.use_request.stamp",
        _l("Let only the custodian stamp, and only what is approved"),
        summary=_l("The copies stamped are counted, never more than were approved."),
    ),
    Capability(
        "seals.use_entry.keep",
        _l("Keep a register of every use of a seal"),
        summary=_l("Written at the moment of stamping."),
        sort=Sort.RETENTION,
    ),
    Capability(
        "seals.handover.confirm",
        _l("Pass a seal on only when the receiver confirms"),
    ),
    Capability(
        "seals.inspection.remind",
        _l("Have seals inspected regularly"),
        settings=(INSPECTION_MONTHS,),
        summary=_l("The inspection is put on the list of what is due, and reminded of."),
    ),
)
