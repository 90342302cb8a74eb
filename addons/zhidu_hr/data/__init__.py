"""What a company begins with."""

from __future__ import annotations

from typing import Any

from zhidu_hr.models import DayCount


def _t(zh_hans: str, zh_hant: str, en: str) -> dict[str, str]:
    return {"zh_Hans_CN": zh_hans, "zh_Hant_TW": zh_hant, "en": en}


LEAVE_TYPES: tuple[dict[str, Any], ...] = (
    {
        "code": "annual",
        "name": _t("年假", "特休假", "Annual leave"),
        "reason": _t("年度休假", "年度休假", "Annual holiday"),
        "limited": True,
        "counts": DayCount.WORKING,
        "sort": 10,
    },
    {
        "code": "compensatory",
        "name": _t("调休", "補休", "Time off in lieu"),
        "reason": _t("加班调休", "加班補休", "Time off for overtime"),
        "limited": True,
        "counts": DayCount.WORKING,
        "sort": 20,
    },
    {
        "code": "personal",
        "name": _t("事假", "事假", "Personal leave"),
        "reason": _t("个人事务", "個人事務", "Personal affairs"),
        "limited": False,
        "counts": DayCount.WORKING,
        "reason_typed": True,
        "sort": 30,
    },
    {
        "code": "sick",
        "name": _t("病假", "病假", "Sick leave"),
        "reason": _t(
            "身体不适，需要休息或就医",
            "身體不適，需要休息或就醫",
            "Illness or a visit to the doctor",
        ),
        "limited": False,
        "counts": DayCount.WORKING,
        "sort": 40,
    },
    {
        "code": "marriage",
        "name": _t("婚假", "婚假", "Marriage leave"),
        "reason": _t("本人结婚", "本人結婚", "Own marriage"),
        "limited": False,
        "counts": DayCount.WORKING,
        "sort": 50,
    },
    {
        "code": "bereavement",
        "name": _t("丧假", "喪假", "Bereavement leave"),
        "reason": _t("亲属去世", "親屬過世", "Death in the family"),
        "limited": False,
        "counts": DayCount.WORKING,
        "sort": 60,
    },
)
"""By sort. A company may change or archive each; the law's own lengths come with later work."""
