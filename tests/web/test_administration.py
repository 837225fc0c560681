"""The pages of the system administrator: what they show, and a refusal on the page itself with what was typed."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

from django.test import Client

from antong.kernel.actor import Actor

People = dict[str, Actor]
SignIn = Callable[[str], Client]


def test_the_pages_of_a_unit(people: People, sign_in: SignIn) -> None:
    client = sign_in("xitong")
    unit_id = people["zhencha"].unit_id
    page = client.get(f"/units/{unit_id}/").content.decode()
    assert people["zhencha"].person_name in page
    assert "A 岗" in page
    assert client.get(f"/units/{uuid4()}/").status_code == 404
    form = {
        "name": "河东所",
        "short_name": "长" * 41,
        "initials": "青公",
        "shown": "青岚县公安局刑事侦查大队",
    }
    refused = client.post(f"/units/{unit_id}/edit", form)
    assert refused.status_code == 422
    assert "不超过 40 字" in refused.content.decode()
    assert 'value="河东所"' in refused.content.decode()
    other = client.post(f"/units/{unit_id}/posts/{people['anguan'].post_id}/end")
    assert other.status_code == 404
    ended = client.post(f"/units/{unit_id}/end")
    assert ended.status_code == 409
    assert "未办事项" in ended.content.decode()
